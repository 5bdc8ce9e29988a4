"""Options and arguments of every command but `run`, out of range or of a wrong kind."""

import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline.__main__ import main
from pipeline.commands.data import data
from pipeline.commands.kubeflow import kubeflow
from tests.support.metadata_store import write_store

# The commands that read ML Metadata, with the arguments that they must have.
READING = {
    "runs": [],
    "show": [],
    "compare": ["run-0000", "run-0001"],
    "lineage": ["1"],
    "gc": [],
    "report": [],
}
OF_READING = {
    "an unknown format": (["--format", "xml"], 2, "'xml' is not one of"),
    "a file as output": (["--output", "{tmp}/file"], 2, "file' is a file"),
    "no output": (["--output", ""], 2, "--output: string should have at least 1"),
    "an output that is absent": (["--output", "{tmp}/no"], 1, "run the pipeline first"),
    "a bucket as output": (["--output", "gs://a/b"], 1, "ML Metadata must be a SQLite"),
    "no address": (["--metadata", ""], 2, "--metadata: string should have at least 1"),
    "half an address": (["--metadata", "mysql://x"], 1, "ML Metadata must be a SQLite"),
    "another database": (
        ["--metadata", "redis://h:1/x"],
        1,
        "received 'redis://h:1/x'",
    ),
    "a folder as store": (["--metadata", "{tmp}"], 1, "There are no runs yet"),
    "no such file of settings": (["--config", "{tmp}/no"], 2, "no' does not exist"),
    "a flag with a value": (["--debug=1"], 2, "'--debug' does not take a value"),
    "an unknown option": (["--nope"], 2, "No such option '--nope'"),
    "a wrong option": (["--output"], 2, "'--output' requires an argument"),
}
READ = ["--output", "{store}"]
# What the other commands on a store have in common with these.
OF_STORE = {
    name: OF_READING[name]
    for name in (
        "a file as output",
        "no address",
        "no such file of settings",
        "a flag with a value",
    )
}
ASK = ["--image", "{tmp}/image.png", "--server"]
SENT = [*ASK, "grpc://127.0.0.1:9"]
HUGE = "9" * 30
TO = ["--to", "{tmp}/scores.csv"]
SCORE = ["{tmp}/image.png", "--to"]
SCORED = ["{tmp}/image.png", *TO]
DATAFLOW = [
    f"--beam-arg=--{name}=x"
    for name in ("project", "region", "temp_location", "sdk_container_image")
]
OF_ONE = {
    "runs": {
        "limit zero": ([*READ, "--limit", "0"], 2, "0 is not in the range x>=1"),
        "limit a word": ([*READ, "--limit", "all"], 2, "'all' is not a valid integer"),
        "sort by nothing": ([*READ, "--sort", ""], 2, "must be one word"),
        "sort by no fact": ([*READ, "--sort", "accurate"], 1, "similar one: accuracy"),
        "filter malformed": ([*READ, "--filter", "accuracy"], 1, "accuracy>0.9"),
        "filter no fact": ([*READ, "--filter", "size=1"], 1, "a fact that a run has"),
        "an argument": ([*READ, "a"], 2, "Got unexpected extra argument"),
    },
    "annotate": {
        "nothing": (READ, 1, "received none of --name, --note"),
        "name empty": ([*READ, "--name", ""], 2, "must be one word"),
        "note empty": ([*READ, "--note", ""], 2, "must be words with one space"),
        "tag empty": ([*READ, "--tag", ""], 2, "must be one word"),
        "untag empty": ([*READ, "--untag", ""], 2, "must be one word"),
        "unknown": ([*READ, "nope", "--tag", "a"], 1, "received 'nope'"),
        "two runs": ([*READ, "a", "b", "--tag", "a"], 2, "unexpected extra argument"),
        **OF_STORE,
    },
    "tensorboard": {
        "port too large": ([*READ, "--port", "65536"], 2, "is not in the range"),
        "port a word": ([*READ, "--port", "http"], 2, "'http' is not a valid integer"),
        "nothing trained": (READ, 1, "TensorBoard needs a run that trained"),
        "an argument": ([*READ, "a"], 2, "Got unexpected extra argument"),
        **OF_STORE,
    },
    "show": {
        "two runs": ([*READ, "a", "b"], 2, "Got unexpected extra argument"),
        "unknown": ([*READ, "nope"], 1, "received 'nope'; choose one of: run-0002"),
        "empty": ([*READ, ""], 1, "A run must be one that ML Metadata knows"),
        "ambiguous": ([*READ, "run-"], 1, "'run-', with which 3 ids begin"),
        "unprintable": ([*READ, "\0"], 1, r"received '\x00'"),
    },
    "compare": {
        "no run": (READ, 2, "Missing argument 'RUN RUN...'"),
        "one run": ([*READ, "run-0000"], 2, "name two, for example latest~1 latest."),
        "page what": ([*READ, "a", "b", "--page=1"], 2, "does not take a value"),
        "first unknown": ([*READ, "nope", "run-0000"], 1, "received 'nope'"),
        "second unknown": ([*READ, "run-0000", "nope"], 1, "received 'nope'"),
    },
    "lineage": {
        "nothing": (READ, 2, "Missing argument 'ARTIFACT|VERSION|PATH'"),
        "empty": ([*READ, ""], 1, "An artifact must be a published version"),
        "zero": ([*READ, "0"], 1, "received '0'; choose a similar one"),
        "beyond int64": ([*READ, HUGE], 1, "An artifact must be"),
        "a path elsewhere": ([*READ, "/etc"], 1, "received '/etc'"),
    },
    "gc": {
        "keep zero": ([*READ, "--keep", "0"], 2, "0 is not in the range x>=1"),
        "keep a word": ([*READ, "--keep", "all"], 2, "'all' is not a valid integer"),
        "delete what": (["--delete=all"], 2, "'--delete' does not take a value"),
    },
    "report": {
        "unknown": ([*READ, "nope"], 1, "received 'nope'"),
        "a path": ([*READ, "../../x"], 1, "received '../../x'"),
    },
    "predict": {
        "image missing": (["--image", "{tmp}/no"], 2, "no' does not exist"),
        "image a folder": (["--image", "{tmp}"], 2, "is a directory"),
        "image empty": (
            ["--image", "{tmp}/file"],
            6,
            "has no bytes",
        ),
        "file absent": (["{tmp}/no.png"], 6, "is not there"),
        "pattern of nothing": (["{tmp}/*.bmp"], 6, "no file has such a name"),
        "folder without images": (["{store}"], 6, "holds no image files"),
        "invert what": (["--invert", "maybe"], 2, "'maybe' is not one of"),
        "run empty": (["--run", ""], 2, "must be one word; received ''"),
        "run of no store": (
            ["--run", "x", "--output", "{tmp}/no"],
            1,
            "There are no runs yet",
        ),
        "model empty": (["--model", ""], 2, "must be words"),
        "model missing": (["--model", "{tmp}/no"], 1, "holds no saved_model.pb"),
        "two models": (["--run", "1", "--model", "x"], 2, "--run and --model"),
        "model and server": (["--model", "x", *ASK, "http://h"], 2, "Only one of"),
        "version of a run": (
            ["--run", "1", "--model-version", "1"],
            2,
            "--model-version chooses a pushed version",
        ),
        "index negative": (["--index", "-1"], 2, "-1 is not in the range"),
        "index a word": (["--index", "first"], 2, "'first' is not a valid integer"),
        "index beyond int64": (["--index", HUGE], 2, "is not in the range"),
        "output a file": (["--output", "{tmp}/file"], 2, "file' is a file"),
        "output empty": (["--output", ""], 2, "--output: string should have at least"),
        "output without a model": (
            ["--output", "{tmp}/no"],
            1,
            "run the pipeline first",
        ),
        "server empty": ([*ASK, ""], 2, "must be one word; received ''"),
        "server a word": ([*ASK, "localhost"], 1, "--server must be http://HOST:8501"),
        "server by FTP": ([*ASK, "ftp://h:1"], 1, "received 'ftp://h:1'"),
        "server down": ([*ASK, "http://127.0.0.1:9"], 1, "No server answers at"),
        "port too large": ([*ASK, "http://h:99999"], 1, "No server answers at"),
        "model name empty": ([*SENT, "--model-name", ""], 2, "must be one word"),
        "version negative": ([*SENT, "--model-version", "-1"], 2, "not in the range"),
        "version beyond int64": (
            [*SENT, "--model-version", HUGE],
            2,
            "not in the range",
        ),
        "version a word": (
            [*SENT, "--model-version", "new"],
            2,
            "'new' is not a valid",
        ),
        "signature unknown": (["--signature", "x"], 2, "'x' is not one of"),
        "timeout zero": ([*SENT, "--timeout", "0"], 2, "is not in the range 0<x"),
        "timeout nan": ([*SENT, "--timeout", "nan"], 2, "nan is not in the range"),
        "timeout infinite": ([*SENT, "--timeout", "inf"], 2, "inf is not in the range"),
        "timeout a word": ([*SENT, "--timeout", "long"], 2, "'long' is not a valid"),
        "format unknown": (["--format", "xml"], 2, "'xml' is not one of"),
        "address empty": (["--metadata", ""], 2, "--metadata: string should"),
        "name empty": (["--pipeline-name", ""], 2, "string should match pattern"),
        "images empty": (["--images", ""], 2, "--images: string should have"),
        "set of no name": (["--dataset", ""], 1, "run the pipeline first"),
        "file missing": (["--config", "{tmp}/no"], 2, "no' does not exist"),
        "debug what": (["--debug=1"], 2, "'--debug' does not take a value"),
    },
    "score": {
        "nothing": (["--to", "{tmp}/a.csv"], 2, "Missing argument"),
        "no result": (["{tmp}/image.png"], 2, "Missing option '--to'"),
        "result of a kind": ([*SCORE, "{tmp}/a.txt"], 2, "ends with .parquet or .csv"),
        "result a folder": ([*SCORE, "{tmp}"], 2, "is a directory"),
        "image absent": (["{tmp}/no.png", *TO], 1, "is not there; name image files"),
        "pattern of nothing": (["{tmp}/*.bmp", *TO], 1, "no file has such a name"),
        "folder of nothing": (["{store}", *TO], 1, "must have image files, TFRecord"),
        "run empty": ([*SCORED, "--run", ""], 2, "must be one word; received ''"),
        "model missing": ([*SCORED, "--model", "{tmp}/no"], 1, "no saved_model.pb"),
        "two models": ([*SCORED, "--run", "1", "--model", "x"], 2, "Only one of"),
        "invert what": ([*SCORED, "--invert", "maybe"], 2, "'maybe' is not one of"),
        "drift of nothing": ([*SCORED, "--drift", "0.1"], 2, "FEATURE=DISTANCE"),
        "drift nan": ([*SCORED, "--drift", "border=nan"], 2, "FEATURE=DISTANCE"),
        "drift large": ([*SCORED, "--drift", "border=2"], 2, "up to 1, for example"),
        "drift and none": (
            [*SCORED, "--drift", "border=1", "--no-drift"],
            2,
            "leave out one",
        ),
        "format unknown": ([*SCORED, "--format", "xml"], 2, "'xml' is not one of"),
        "output a file": ([*SCORED, "--output", "{tmp}/file"], 2, "file' is a file"),
        "no model": ([*SCORED, "--output", "{tmp}/no"], 1, "must be a pushed version"),
        "address empty": ([*SCORED, "--metadata", ""], 2, "--metadata: string should"),
        "name empty": ([*SCORED, "--pipeline-name", ""], 2, "string should match"),
        "images empty": ([*SCORED, "--images", ""], 2, "--images: string should have"),
        "set of no name": ([*SCORED, "--dataset", ""], 1, "must be a pushed version"),
        "runner unknown": ([*SCORED, "--beam-runner", "x"], 2, "'x' is not one of"),
        "runner alone": (
            [*SCORED, "--beam-runner", "flink"],
            2,
            "needs --flink_master",
        ),
        "Dataflow": (
            [*SCORED, "--beam-runner", "dataflow", *DATAFLOW],
            2,
            "must reach this machine's files; received dataflow",
        ),
        "beam what": ([*SCORED, "--beam-arg", "x"], 2, "--NAME=VALUE"),
        "file missing": ([*SCORED, "--config", "{tmp}/no"], 2, "no' does not exist"),
        "debug what": ([*SCORED, "--debug=1"], 2, "'--debug' does not take a value"),
    },
    "init": {
        "images missing": (["--images", "{tmp}/no"], 1, "must be a folder or a .csv"),
        "images a file": (["--images", "{tmp}/file"], 1, "must be a folder or a .csv"),
        "name of spaces": (["--name", "a b"], 2, "--name: string should match"),
        "size unknown": (["--image-size", "big"], 2, "--image-size: string should"),
        "no classes": (["--images", "{tmp}"], 1, "must lie in the folder of its class"),
        "set unknown": (["--dataset", "nope:1.0.0"], 1, "must be one that TFDS has"),
        "data folder empty": (["--data-dir", ""], 2, "--data-dir: string should"),
        "mirror empty": (["--data-mirror", ""], 2, "--data-mirror: string should"),
        "image column empty": (["--image-column", ""], 2, "--image-column: string"),
        "label column empty": (["--label-column", ""], 2, "--label-column: string"),
        "split column empty": (["--split-column", ""], 2, "--split-column: string"),
        "color unknown": (["--color", "sepia"], 2, "'sepia' is not one of"),
        "resize unknown": (["--resize", "zoom"], 2, "'zoom' is not one of"),
        "output empty": (["--output", ""], 2, "--output: string should have at least"),
        "file missing": (["--config", "{tmp}/no"], 2, "no' does not exist"),
        "debug what": (["--debug=1"], 2, "'--debug' does not take a value"),
        "an argument": (["photos"], 2, "Got unexpected extra argument"),
    },
    "beam-workers": {
        "port zero": (["--port", "0"], 2, "0 is not in the range 1<=x<=65535"),
        "port too large": (["--port", "65536"], 2, "65536 is not in the range"),
        "port a word": (["--port", "http"], 2, "'http' is not a valid integer"),
        "an argument": (["50000"], 2, "Got unexpected extra argument"),
    },
}
REST = ["--rest", "grpc://h:8500"]
OF_SERVED = {
    "output a file": (["--output", "{tmp}/file"], 2, "file' is a file"),
    "output empty": (["--output", ""], 2, "--output: string should have at least"),
    "a bucket as output": (["--output", "gs://a/b"], 1, "be a folder on this machine"),
    "no address": (["--metadata", ""], 2, "--metadata: string should have at least 1"),
    "name empty": (["--pipeline-name", ""], 2, "string should match pattern"),
    "images empty": (["--images", ""], 2, "--images: string should have"),
    "set of no name": (["--dataset", "", *REST], 1, "--rest must be http://HOST:8501"),
    "server empty": (["--rest", ""], 2, "must be one word; received ''"),
    "server by gRPC": (REST, 1, "received 'grpc://h:8500'"),
    "file missing": (["--config", "{tmp}/no"], 2, "no' does not exist"),
    "debug what": (["--debug=1"], 2, "'--debug' does not take a value"),
}
OF_RELEASE = {
    **OF_SERVED,
    "no versions": (["--output", "{tmp}/no"], 1, "There must be a pushed version"),
    "reason empty": (["--reason", ""], 2, "must be words with one space"),
    "timeout zero": (["--timeout", "0"], 2, "is not in the range 0<x"),
    "timeout nan": (["--timeout", "nan"], 2, "nan is not in the range"),
    "memory too little": (["--max-memory-mb", "2"], 2, "--max-memory-mb: input should"),
}
WRONG_VERSIONS = {
    "version a word": (["new"], 2, "'new' is not a valid integer"),
    "version beyond int64": ([HUGE], 2, "is not in the range"),
    "two versions": (["7", "8"], 2, "Got unexpected extra argument"),
}
NO_VERSION = {"no version": ([], 2, "Missing argument 'VERSION'"), **WRONG_VERSIONS}
OF_VERSION = {
    name: (["7", *arguments], code, sentence)
    for name, (arguments, code, sentence) in OF_RELEASE.items()
}
OF_ONE |= {
    "versions": {
        **OF_SERVED,
        "server down": (["--rest", "http://127.0.0.1:9"], 1, "another --rest"),
        "an unknown format": (["--format", "xml"], 2, "'xml' is not one of"),
        "an argument": (["7"], 2, "Got unexpected extra argument"),
    },
    "metrics": {
        **OF_SERVED,
        "no runs": (["--output", "{tmp}/no"], 1, "There are no runs yet"),
        "port zero": (["--port", "0"], 2, "0 is not in the range 1<=x<=65535"),
        "host empty": (["--host", ""], 2, "must be one word; received ''"),
        "host elsewhere": (
            [*READ, "--port", "9464", "--host", "192.0.2.1"],
            1,
            "--host an address of this machine",
        ),
        "not for node_exporter": (
            [*READ, "--to", "{tmp}/a.txt"],
            1,
            "must be a file FILE.prom",
        ),
        "no such folder": ([*READ, "--to", "{tmp}/no/a.prom"], 1, "make the folder"),
        "a port and a file": (["--port", "9464", "--to", "a.prom"], 2, "choose one"),
        "an argument": (["7"], 2, "Got unexpected extra argument"),
    },
    "promote": {**OF_VERSION, **NO_VERSION},
    "canary": {**OF_VERSION, **NO_VERSION},
    "rollback": {**OF_RELEASE, **WRONG_VERSIONS},
    "pin": {**OF_RELEASE, **WRONG_VERSIONS},
    "unpin": {
        **OF_RELEASE,
        "labels what": (["--labels=1"], 2, "'--labels' does not take a value"),
        "an argument": (["7"], 2, "Got unexpected extra argument"),
    },
}
# Nothing listens at port 9; a value that is taken after all meets that.
CLUSTER = ["--host", "http://127.0.0.1:9"]
OF_BOTH = {
    "deployment missing": (["--deployment", "{tmp}/no"], 2, "no' does not exist"),
    "deployment a folder": (["--deployment", "{tmp}"], 2, "is a directory"),
    "image empty": (["--image", ""], 2, "must be one word; received ''"),
    "image two words": (["--image", "a b"], 2, "must be one word; received 'a b'"),
    "debug what": (["--debug=1"], 2, "'--debug' does not take a value"),
    "an unknown option": (["--nope"], 2, "No such option '--nope'"),
}
OF_CLUSTER = {
    "host missing": ([], 2, "Missing option '--host'"),
    "host empty": (["--host", ""], 2, "must be one word; received ''"),
    "namespace empty": ([*CLUSTER, "--namespace", ""], 2, "must be one word"),
    "token of two lines": ([*CLUSTER, "--token", "a\nb"], 2, "must be one word."),
    "debug what": ([*CLUSTER, "--debug=1"], 2, "'--debug' does not take a value"),
}
OF_TIMEOUT = {
    "timeout zero": ([*CLUSTER, "--timeout", "0"], 2, "0 is not in the range x>=1"),
    "timeout a part": ([*CLUSTER, "--timeout", "1.5"], 2, "'1.5' is not a valid"),
}
OF_RUN = {
    "experiment empty": ([*CLUSTER, "--experiment", ""], 2, "must be words"),
    "half a parameter": (["--parameter", "epochs"], 2, "requires 2 arguments"),
}
NIGHTLY = [*CLUSTER, "--cron", "0 3 * * *"]
KUBEFLOW = {
    "compile": {
        **OF_BOTH,
        "a deployment of a list": (
            ["--deployment", "{tmp}/list"],
            1,
            "must hold lines of the form NAME: VALUE",
        ),
        "package a folder": (["--package", "{tmp}"], 2, "is a directory"),
        "package nowhere": (["--package", "{tmp}/no/a.yaml"], 2, "folder that exists"),
        "package no YAML": (["--package", "{tmp}/a.txt"], 2, "be a file NAME.yaml"),
        "package empty": (["--package", ""], 2, "must be a file NAME.yaml"),
    },
    "submit": {
        **OF_BOTH,
        **OF_CLUSTER,
        **OF_RUN,
        **OF_TIMEOUT,
        "host by FTP": (["--host", "ftp://127.0.0.1:9"], 1, "--host must be the URL"),
        "host malformed": (["--host", "http://[::1"], 1, "--host must be the URL"),
        "host down": (CLUSTER, 1, "check that it is running and that its port"),
        "parameter unknown": (
            [*CLUSTER, "--parameter", "epoch", "1"], 2, "received epoch"
        ),
        "parameter a word": (
            [*CLUSTER, "--parameter", "epochs", "x"], 2, "be a valid integer"
        ),
        "parameter nan": (
            [*CLUSTER, "--parameter", "learning_rate", "nan"], 2, "a finite number"
        ),
        "wait what": ([*CLUSTER, "--wait=1"], 2, "'--wait' does not take a value"),
    },
    "wait": {
        **OF_TIMEOUT,
        "no run": (CLUSTER, 2, "Missing argument 'RUN_ID'"),
        **{name: (["a", *given], *rest) for name, (given, *rest) in OF_CLUSTER.items()},
        "host down": (["a", *CLUSTER], 5, "check that it is running and that its port"),
    },
    "schedule": {
        **OF_BOTH,
        **OF_RUN,
        **{
            name: ([*given, "--cron", "0 3 * * *"], *rest)
            for name, (given, *rest) in OF_CLUSTER.items()
        },
        "no cron": (CLUSTER, 2, "Missing option '--cron'"),
        "cron of words": ([*CLUSTER, "--cron", "at night"], 2, "must have five fields"),
        "host down": (NIGHTLY, 1, "check that it is running and that its port"),
    },
    "schedules": {
        **OF_CLUSTER,
        "host down": (CLUSTER, 1, "check that it is running and that its port"),
    },
    "unschedule": {
        **{name: (["a", *given], *rest) for name, (given, *rest) in OF_CLUSTER.items()},
        "no schedule": (CLUSTER, 2, "Missing argument 'SCHEDULE_ID'"),
        "host down": (["a", *CLUSTER], 1, "check that it is running and that its port"),
    },
}  # fmt: skip

DATA = {
    "check": {
        "nothing": ([], 2, "Missing argument 'DIR|CSV'"),
        "images missing": (["{tmp}/no"], 1, "must be a folder or a .csv file"),
        "images empty": ([""], 1, "an empty name isn't there"),
        "no classes": (["{tmp}"], 1, "must lie in the folder of its class"),
        "image column empty": (["{tmp}", "--image-column", ""], 2, "--image-column"),
        "label column empty": (["{tmp}", "--label-column", ""], 2, "--label-column"),
        "split column empty": (["{tmp}", "--split-column", ""], 2, "--split-column"),
        "an unknown format": (["{tmp}", "--format", "xml"], 2, "'xml' is not one of"),
        "file missing": (["{tmp}", "--config", "{tmp}/no"], 2, "no' does not exist"),
        "debug what": (["{tmp}", "--debug=1"], 2, "does not take a value"),
    },
}


def cases(tables):
    return [
        pytest.param(command, *case, id=f"{command}: {name}")
        for command, table in tables.items()
        for name, case in table.items()
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    write_store(str(folder / "metadata.sqlite"), 3)
    return folder


@pytest.fixture(scope="session")
def matplotlib_folder(tmp_path_factory):
    """Where matplotlib and Keras may write when they are imported first."""
    return tmp_path_factory.mktemp("matplotlib")


@pytest.fixture
def assert_refused(tmp_path, store, matplotlib_folder, monkeypatch):
    """Invokes a command in a folder of its own; it must end in a sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MPLCONFIGDIR", str(matplotlib_folder))
    monkeypatch.setenv("KERAS_HOME", str(matplotlib_folder))
    (tmp_path / "file").touch()
    (tmp_path / "list").write_text("- a")
    Image.new("L", (28, 28)).save(tmp_path / "image.png")
    before = set(tmp_path.iterdir())

    def check(group, command, arguments, code, sentence):
        given = [part.format(tmp=tmp_path, store=store) for part in arguments]
        result = CliRunner().invoke(group, [command, *given])
        assert result.exit_code == code, result.output
        assert isinstance(result.exception, SystemExit)
        line = result.output.strip().splitlines()[-1]
        assert line.startswith("Error: ")
        assert sentence in line
        assert "Traceback" not in result.output
        assert set(tmp_path.iterdir()) == before

    return check


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize(
    ("arguments", "code", "sentence"), OF_READING.values(), ids=OF_READING
)
def test_what_the_reading_commands_share(
    assert_refused, command, arguments, code, sentence
):
    assert_refused(main, command, [*READING[command], *arguments], code, sentence)


@pytest.mark.parametrize(("command", "arguments", "code", "sentence"), cases(OF_ONE))
def test_what_a_command_alone_has(assert_refused, command, arguments, code, sentence):
    assert_refused(main, command, arguments, code, sentence)


@pytest.mark.parametrize(("command", "arguments", "code", "sentence"), cases(KUBEFLOW))
def test_what_the_commands_for_kubeflow_have(
    assert_refused, command, arguments, code, sentence
):
    assert_refused(kubeflow, command, arguments, code, sentence)


@pytest.mark.parametrize(("command", "arguments", "code", "sentence"), cases(DATA))
def test_what_the_commands_for_images_have(
    assert_refused, command, arguments, code, sentence
):
    assert_refused(data, command, arguments, code, sentence)


@pytest.mark.slow
def test_a_port_that_is_taken_is_named():
    with socket.create_server(
        ("", 0), family=socket.AF_INET6, dualstack_ipv6=True
    ) as taken:
        port = str(taken.getsockname()[1])
        result = subprocess.run(
            [sys.executable, "-m", "pipeline", "beam-workers", "--port", port],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert f"received {port}, which another program uses; choose" in line


def test_no_option_is_left_out():
    for group, tables in ((main, OF_ONE), (kubeflow, KUBEFLOW), (data, DATA)):
        for name, command in group.commands.items():
            if name in ("run", "kubeflow", "data"):  # have tables of their own
                continue
            if name != command.name:  # another name of the same command
                continue
            table = {**tables[name], **(OF_READING if name in READING else {})}
            given = {
                part.partition("=")[0]
                for arguments, _, _ in table.values()
                for part in arguments
            }
            options = {
                parameter.opts[0]
                for parameter in command.params
                if parameter.param_type_name == "option"
            }
            assert options <= given, name
