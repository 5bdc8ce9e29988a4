"""The checks before a commit, held to those of `make lint`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"


def hooks():
    (repository,) = yaml.safe_load(CONFIG.read_text())["repos"]
    assert repository["repo"] == "local"
    return repository["hooks"]


def commands_of(target):
    """Returns the recipe of a target and, before it, those of what it depends on."""
    makefile = (ROOT / "Makefile").read_text()
    rule = re.search(rf"^{target}:(.*?)(?: ##.*)?\n((?:\t.*\n)+)", makefile, re.M)
    before = [
        command
        for name in rule[1].split()
        if name != "setup"
        for command in commands_of(name)
    ]
    recipe = [line.strip() for line in rule[2].splitlines()]
    return before + [line.replace("$(BIN)", ".venv/bin") for line in recipe]


def test_pre_commit_accepts_the_configuration():
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", str(CONFIG)], check=True
    )


def test_the_hooks_run_what_make_lint_runs():
    assert sorted(hook["entry"] for hook in hooks()) == sorted(commands_of("lint"))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("git"), reason="pre-commit asks git for the files")
def test_all_hooks_pass(tmp_path, monkeypatch):
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path))
    ended = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("Passed") == len(hooks())
