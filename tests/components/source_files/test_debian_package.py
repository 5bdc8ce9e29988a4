import gzip
import struct

from components.source_files.debian_package import KNOWN_PACKAGES

PACKAGE = KNOWN_PACKAGES["fashion_mnist"]
NAME = "train-labels-idx1-ubyte.gz"


def test_the_original_header_is_put_back_and_the_content_kept():
    packaged = gzip.compress(b"labels", mtime=1)

    restored = b"".join(PACKAGE.restore(NAME, [packaged]))

    assert gzip.decompress(restored) == b"labels"
    assert restored[:10] == struct.pack("<2sBBLBB", b"\x1f\x8b", 8, 8, 1504176606, 0, 3)
    assert restored[10:34] == b"train-labels-idx1-ubyte\0"


def test_test_files_have_their_own_time():
    restored = PACKAGE.restore("t10k-labels-idx1-ubyte.gz", [gzip.compress(b"")])

    assert struct.unpack_from("<L", b"".join(restored), 4) == (1504176627,)
