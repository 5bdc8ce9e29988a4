import itertools
from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.connection import connection_config, without_password

# Whatever has no scheme is a file.
KINDS = {
    "postgresql": lambda config: config.HasField("postgresql"),
    "mysql": lambda config: config.HasField("mysql"),
    "grpc": lambda config: isinstance(config, pb.MetadataStoreClientConfig),
    "": lambda config: config.HasField("sqlite"),
}
SCHEMES = st.sampled_from(["postgresql", "mysql", "grpc", "http", ""])
PARTS = st.sampled_from(["://", ":", "@", "/", "host", "user", "[", "]", "99999", "%"])
ADDRESSES = st.one_of(
    st.text(),
    st.builds("".join, st.lists(PARTS)),
    st.builds("{}://{}".format, SCHEMES, st.text()),
)


@given(ADDRESSES)
@example("grpc://[::1")
@example("postgresql://user:pass@host:99999/database")
@example("mysql://user@host:-1/database")
@example("http://user@host:80/database")
@example("postgres://user@host/database")
@example("\0")
def test_an_address_is_taken_or_refused_in_a_sentence(address):
    try:
        config = connection_config(address)
    except InputError as error:
        assert "address of ML Metadata must be" in str(error)
    else:
        scheme, separator, _ = address.partition("://")
        assert KINDS[scheme if separator else ""](config)


@given(SCHEMES.filter(bool), st.text("0123456789aeiou:@/?#%[] ", min_size=1))
def test_a_password_is_never_shown(scheme, middle):
    # Letters that occur in no other part, so that any trace of it is found.
    password = f"XQ{middle}QX"
    for written, form in itertools.product(
        (password, quote(password, safe="")),
        ("{}://user:{}@host/database", "{}://user@host/database?password={}"),
    ):
        address = form.format(scheme, written)
        assert "QX" not in without_password(address)
        assert "XQ" not in without_password(address)
        try:
            connection_config(address)
        except InputError as error:
            assert "QX" not in str(error)
            assert "XQ" not in str(error)
