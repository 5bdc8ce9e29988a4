import pytest

from components.errors import InputError
from pipeline.metadata.run_filter import filter_rows, sort_rows


def row(run, state="completed", accuracy=None, tags=(), **parameters):
    return {
        "run": run,
        "state": state,
        "accuracy": accuracy,
        "tags": list(tags),
        "parameters": parameters,
    }


ROWS = [
    row("c", accuracy=0.9, tags=["paper"], **{"Trainer.epochs": 10}),
    row("b", state="failed", **{"Trainer.epochs": 2}),
    row("a", accuracy=0.95, tags=["paper", "old"], **{"Trainer.epochs": 2}),
]


@pytest.mark.parametrize(
    ("conditions", "runs"),
    [
        ([], "cba"),
        (["state=failed"], "b"),
        (["state != failed"], "ca"),
        (["accuracy>0.9"], "a"),
        (["accuracy>=0.9"], "ca"),
        (["accuracy<0.95"], "c"),
        (["tag=paper"], "ca"),
        (["tag!=old"], "cb"),
        (["epochs<=2"], "ba"),
        (["Trainer.epochs=10"], "c"),
        (["tag=paper", "epochs=2"], "a"),
        (["accuracy=0.950"], "a"),
        (["accuracy!=0.9"], "ba"),
    ],
    ids=str,
)
def test_runs_that_meet_all_conditions_are_kept(conditions, runs):
    assert "".join(each["run"] for each in filter_rows(ROWS, conditions)) == runs


@pytest.mark.parametrize(
    ("name", "runs"), [("accuracy", "acb"), ("epochs", "cba"), ("state", "bca")]
)
def test_the_largest_comes_first_and_an_unknown_one_last(name, runs):
    assert "".join(each["run"] for each in sort_rows(ROWS, name)) == runs


@pytest.mark.parametrize("condition", ["accuracy", "=0.9", "accuracy~0.9", ""])
def test_a_malformed_condition_is_answered_with_an_example(condition):
    with pytest.raises(InputError, match=r"write for example accuracy>0\.9"):
        filter_rows(ROWS, [condition])


def test_an_unknown_fact_is_answered_with_similar_ones():
    with pytest.raises(InputError, match="choose a similar one: accuracy"):
        filter_rows(ROWS, ["accurate>0.9"])
    with pytest.raises(InputError, match="choose a similar one: epochs"):
        sort_rows(ROWS, "epoch")
    assert filter_rows([], ["anything=1"]) == []
