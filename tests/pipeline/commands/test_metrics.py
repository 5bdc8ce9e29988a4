"""The command `metrics`, as users call it."""

import signal
import subprocess
import sys

import pytest
import requests
from click.testing import CliRunner

from pipeline.__main__ import main
from tests.support.metadata_store import FIRST_VERSION
from tests.support.published_output import publish_output
from tests.support.servers.processes import free_port, wait_for_port

NEWEST = FIRST_VERSION + 2


@pytest.fixture
def output(tmp_path):
    publish_output(tmp_path)
    return tmp_path


def call(output, *arguments):
    words = [str(each) for each in arguments]
    return CliRunner().invoke(main, ["metrics", *words, "--output", str(output)])


def test_the_metrics_are_printed(output):
    result = call(output)
    assert result.exit_code == 0, result.output
    assert f'run="run-0002",version="{NEWEST}"}} 1.0' in result.stdout


def test_a_file_is_replaced_as_a_whole(output):
    path = output / "fashion_mnist.prom"
    path.write_text("old")
    result = call(output, "--to", path)
    assert result.exit_code == 0, result.output
    assert result.output == ""
    assert path.read_text().startswith("# HELP fashion_mnist_")
    # Nothing else is left, which the textfile collector would read.
    assert [each.name for each in output.glob("*.prom*")] == ["fashion_mnist.prom"]


@pytest.mark.parametrize("name", ["metrics.txt", "nowhere/metrics.prom"])
def test_a_file_that_node_exporter_would_not_read_is_refused(output, name):
    result = call(output, "--to", output / name)
    assert result.exit_code == 1
    assert "--to must be a file FILE.prom in a folder that is there" in result.stderr
    assert not (output / name).exists()


def test_a_folder_without_runs_is_refused(tmp_path):
    result = call(tmp_path, "--to", tmp_path / "metrics.prom")
    assert result.exit_code == 1
    assert "There are no runs yet" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_a_metric(output):
    result = call(output, "--rest", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 0, result.output
    assert 'source="server"} 0.0' in result.stdout


def test_a_store_that_cannot_be_read_is_a_metric(output):
    (output / "metadata.sqlite").write_text("no database")
    path = output / "fashion_mnist.prom"
    result = call(output, "--to", path, "--rest", f"http://127.0.0.1:{free_port()}")
    assert result.exit_code == 0, result.output
    for source in ("metadata", "server"):
        assert f'source="{source}"}} 0.0' in path.read_text()


def test_a_port_and_a_file_exclude_each_other(output):
    result = call(output, "--to", output / "metrics.prom", "--port", free_port())
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


def test_a_port_is_served_until_ctrl_c(output):
    port = free_port()
    command = [
        *(sys.executable, "-m", "pipeline", "metrics"),
        *("--output", str(output), "--port", str(port)),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_for_port(port, "metrics", 60)
            answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
            assert "expected_version{model_name=" in answer.text
            taken = call(output, "--port", port)
            assert taken.exit_code == 1
            assert "--port must be free" in taken.stderr
            process.send_signal(signal.SIGINT)
            printed, _ = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "until Ctrl-C" in printed


def test_no_tensorflow_is_imported(output):
    program = (
        "import sys\nfrom pipeline.__main__ import main\n"
        f"main(['metrics', '--output', {str(output)!r}], standalone_mode=False)\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
