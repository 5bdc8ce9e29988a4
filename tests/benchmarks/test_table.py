import pytest

from benchmarks.measure import ROOT
from benchmarks.table import render


@pytest.mark.parametrize("page", render())
def test_a_page_has_the_figures_that_were_measured(page):
    assert (ROOT / page).read_text() == render()[page]
