import pytest

from benchmarks import measure
from benchmarks.measure import DATA_NODES, time_python
from components.machine import name_processor
from tests.support.launching import data_nodes


def test_the_data_nodes_are_those_of_the_graph():
    assert set(DATA_NODES) == data_nodes()


def test_a_process_that_fails_is_reported_with_the_end_of_its_errors():
    program = "import sys; print('x' * 5000); sys.exit('y' * 5000 + 'The disk is full')"
    with pytest.raises(
        RuntimeError, match=r"ended with 1: y+The disk is full"
    ) as raised:
        time_python("-c", program)
    assert len(str(raised.value)) < 3000


def test_what_a_process_prints_and_how_it_ends_are_kept_apart_from_its_errors():
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert time_python("-c", program, codes=(0, 3)).output == "out\n"


@pytest.mark.parametrize(
    ("flags", "ending"),
    [
        ("fpu sse2", ""),
        ("fpu avx2", ", AVX2"),
        ("fpu avx2 avx512f", ", AVX-512"),
        ("fpu avx2 avx512f amx_tile", ", AMX"),
        (None, ""),  # not on Linux, or on another architecture
    ],
)
def test_a_row_names_the_processor(monkeypatch, flags, ending):
    name = name_processor()
    info = {"flags": flags} if flags else {}
    monkeypatch.setattr(measure, "read_cpu_info", lambda: info)
    found = measure.row("a", "b", "c", "d", met=True)
    assert found["row"]["processor"] == f"{name}{ending}"
