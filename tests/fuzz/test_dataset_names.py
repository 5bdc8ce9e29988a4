import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from components.errors import InputError
from components.source_files.registration import find_registration, prepared_folder

PARTS = st.sampled_from(
    ["fashion_mnist", "mnist", "emnist", ":", "/", "3.0.1", "99.0.0", "..", "balanced"]
)
NAMES = st.one_of(
    st.text(),
    st.lists(PARTS, max_size=6).map("".join),
    st.from_regex(r"[a-z_]+(/[a-z]+)?:[0-9.]+", fullmatch=True),
)


@given(NAMES)
@example("fashion_mnist:3.0.1\n")
@example("fashion_mnist:٣.0.1")
@example("fashion_mnist/../../etc:3.0.1")
@example("a:" + "9" * 5000 + ".0.0")
def test_a_name_is_registered_or_refused_in_a_sentence(name):
    try:
        registration = find_registration(name)
    except InputError as error:
        assert repr(name) in str(error) or "received" in str(error)
    else:
        assert name.startswith(registration.name)
        assert name.endswith(registration.version)


@given(NAMES)
def test_no_name_leads_out_of_the_data_folder(tmp_path_factory, name):
    folder = tmp_path_factory.getbasetemp()
    with contextlib.suppress(InputError):
        found = find_registration(name)
        prepared = prepared_folder(folder, found.name, found.config, found.version)
        assert folder in prepared.parents
