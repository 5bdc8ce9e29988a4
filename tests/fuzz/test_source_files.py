import gzip
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from components.source_files.checks import SourceFile
from components.source_files.debian_package import KNOWN_PACKAGES

PACKAGE = KNOWN_PACKAGES["fashion_mnist"]
NAMES = st.sampled_from(sorted(PACKAGE.upstream_times))


def pieces(data, content):
    """Cuts content at some places."""
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=5).map(sorted))
    return [
        content[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)
    ]


def registered(content):
    return SourceFile("", "a.gz", len(content), hashlib.sha256(content).hexdigest())


@given(st.data(), st.binary(), st.binary())
def test_a_file_has_no_fault_if_and_only_if_it_is_the_registered_one(
    data, content, other
):
    file = registered(content)
    assert file.fault_of(pieces(data, content)) is None
    assert (file.fault_of(pieces(data, other)) is None) == (content == other)


@given(st.binary(min_size=1), st.data())
def test_any_flipped_bit_is_a_fault(content, data):
    place = data.draw(st.integers(0, len(content) * 8 - 1))
    flipped = bytearray(content)
    flipped[place // 8] ^= 1 << place % 8
    assert "SHA-256" in registered(content).fault_of([bytes(flipped)])


@given(NAMES, st.binary(), st.integers(0, 2**32 - 1))
def test_what_debian_normalized_is_restored_whatever_it_holds(name, content, time):
    packaged = gzip.compress(content, mtime=time)
    restored = b"".join(PACKAGE.restore(name, [packaged]))
    assert gzip.decompress(restored) == content
    again = gzip.compress(content, mtime=0)
    assert b"".join(PACKAGE.restore(name, [again])) == restored


@given(NAMES, st.binary(max_size=64))
def test_any_bytes_are_restored_to_something_that_can_be_checked(name, content):
    restored = b"".join(PACKAGE.restore(name, [content]))
    assert restored.startswith(b"\x1f\x8b")
    assert registered(content).fault_of([restored]) is not None
