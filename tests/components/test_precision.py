import pytest

from components.errors import InputError
from components.precision import (
    FLOAT32,
    MIXED_BFLOAT16,
    check_precision,
    has_bfloat16,
)


@pytest.fixture
def listing(tmp_path):
    def write(line):
        file = tmp_path / "cpuinfo"
        file.write_text(f"processor : 0\n{line}\nbugs : none\n")
        return file

    return write


@pytest.mark.parametrize(
    "line",
    [
        "flags : fpu avx512_bf16 sse",
        "flags : fpu sse amx_bf16",
        "Features : fp asimd bf16",
    ],
)
def test_a_processor_that_computes_in_bfloat16_may(listing, line):
    assert has_bfloat16(listing(line))
    check_precision(MIXED_BFLOAT16, accelerated=False, processor_file=listing(line))


def test_another_one_is_refused_with_what_would_do(listing):
    plain = listing("flags : fpu avx512f avx512_vnni")
    with pytest.raises(InputError, match=r"avx512_bf16.*choose --precision float32"):
        check_precision(MIXED_BFLOAT16, accelerated=False, processor_file=plain)
    check_precision(MIXED_BFLOAT16, accelerated=True, processor_file=plain)
    check_precision(FLOAT32, accelerated=False, processor_file=plain)


def test_a_system_without_a_listing_has_none_and_says_so(tmp_path):
    missing = tmp_path / "nothing"
    assert not has_bfloat16(missing)
    with pytest.raises(InputError, match=r"this system has no .*nothing"):
        check_precision(MIXED_BFLOAT16, accelerated=False, processor_file=missing)
