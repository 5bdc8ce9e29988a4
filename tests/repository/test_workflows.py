"""The GitHub workflows, held to the Makefile and to pinned actions."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read_workflow(path):
    # YAML 1.1 takes the key `on` for a truth value; as a text it stays what it is.
    return yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506 (makes texts only)


def steps_of(path):
    for job in read_workflow(path)["jobs"].values():
        yield from job["steps"]


def targets_called_in(text):
    """Returns the targets of the lines that call make, without make's options."""
    joined = text.replace("\\\n", " ")
    calls = re.findall(r"^(?:sudo )?make ([^#\n]+)", joined, re.MULTILINE)
    words = [word for call in calls for word in call.split()]
    return {word for word in words if not word.startswith("-")}


def targets_of_the_makefile():
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_make_that_a_workflow_runs_is_a_target(path):
    called = set()
    for step in steps_of(path):
        called |= targets_called_in(step.get("run", ""))
    assert called
    assert called <= targets_of_the_makefile()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_to_a_commit_and_names_its_version(path):
    lines = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert len(lines) == sum("uses" in step for step in steps_of(path)) > 0
    for line in lines:
        assert re.search(
            r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line
        )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_the_repository(path):
    workflow = read_workflow(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())


def test_lint_and_fast_tests_run_on_every_python_that_the_project_takes():
    job = read_workflow(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]["fast"]
    assert job["strategy"]["matrix"]["python"] == ["3.10", "3.11", "3.12", "3.13"]
    assert 'requires-python = ">=3.10,<3.14"' in (ROOT / "pyproject.toml").read_text()
    assert {"make lint", "make test-fast"} <= {step.get("run") for step in job["steps"]}


def test_the_workflow_runs_all_that_the_ci_script_runs():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    called = set(re.findall(r"run: make ([\w-]+)", workflow))
    in_ci = targets_called_in((ROOT / ".ci" / "run").read_text())
    assert {"lint", "test-fresh-newer", "test-fresh-older"} <= in_ci
    # It runs all tests of `make test`, and so those that need tools.
    assert "coverage" in called
    assert in_ci <= called | {"test-tools"}


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name
)
def test_every_file_for_github_is_a_mapping(path):
    assert isinstance(read_workflow(path), dict)
