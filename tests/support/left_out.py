"""A pytest plugin that says at the end what was left out, and how to get it."""

from collections import Counter

from tests.support.tools import TOOLS


def pytest_terminal_summary(terminalreporter):
    """Prints one line for each reason for which tests were skipped."""
    # Where a test was skipped, and why: pytest gives a path, a line and "Skipped: ...".
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    if not reasons:
        return
    terminalreporter.write_sep("=", "left out")
    tools = {tool.reason: tool for tool in TOOLS.values()}
    for reason, count in reasons.items():
        tests = "1 test" if count == 1 else f"{count} tests"
        if tool := tools.get(reason):
            need = "needs" if count == 1 else "need"
            line = f"{tests} that {need} {tool.name}. To run {{}}: {tool.advice}"
            line = line.format("it" if count == 1 else "them")
        else:
            line = f"{tests}: {reason}"
        terminalreporter.write_line(f"Left out: {line}")
