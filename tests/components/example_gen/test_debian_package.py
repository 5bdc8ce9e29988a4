import gzip
import struct

from components.example_gen.debian_package import restore_upstream_file

NAME = "train-labels-idx1-ubyte.gz"


def test_the_original_header_is_put_back_and_the_content_kept():
    packaged = gzip.compress(b"labels", mtime=1)
    restored = restore_upstream_file(packaged, NAME)
    assert gzip.decompress(restored) == b"labels"
    assert restored[:10] == struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 8, 1504176606, 0, 3)
    assert restored[10:34] == b"train-labels-idx1-ubyte\0"


def test_restoring_twice_changes_nothing():
    once = restore_upstream_file(gzip.compress(b"labels"), NAME)
    assert restore_upstream_file(once, NAME) == once


def test_test_files_have_their_own_time():
    restored = restore_upstream_file(gzip.compress(b""), "t10k-labels-idx1-ubyte.gz")
    assert struct.unpack_from("<L", restored, 4) == (1504176627,)
