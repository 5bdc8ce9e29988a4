import subprocess
import sys
import traceback

import pytest
from ml_metadata.proto import metadata_store_pb2 as pb

from components.errors import InputError
from pipeline.metadata.connection import (
    check_connection,
    connection_config,
    open_store,
    without_password,
)
from tests.support.servers.postgresql import postgresql_server


def test_a_path_is_a_sqlite_file(tmp_path):
    config = connection_config(str(tmp_path / "metadata.sqlite"))
    assert config.sqlite.filename_uri == str(tmp_path / "metadata.sqlite")


def test_a_database_is_named_by_a_uri():
    config = connection_config("postgresql://me:p%40ss@db/metadata").postgresql
    assert (config.host, config.port, config.user) == ("db", "5432", "me")
    assert (config.password, config.dbname) == ("p@ss", "metadata")
    config = connection_config("mysql://me:secret@db:3307/metadata").mysql
    assert (config.host, config.port, config.database) == ("db", 3307, "metadata")


def test_a_grpc_server_is_named_by_a_uri():
    config = connection_config("grpc://metadata:9090")
    assert isinstance(config, pb.MetadataStoreClientConfig)
    assert (config.host, config.port) == ("metadata", 9090)


@pytest.mark.parametrize(
    "address",
    [
        "redis://me:secret@db/metadata",
        "postgresql://me:secret@db",
        "postgresql://me:secret@/metadata",
        "postgresql://db/metadata",
        "mysql://me:secret@db:port/metadata",
        "mysql://me:secret/1@db/metadata",
        "mysql://me:secret/metadata",
        "postgresql://me@db/metadata?password=secret",
        "postgresql://me@db/metadata?password=a@secret",
        "http://me:secret@db:80/metadata",
        "redis://me:secret@db:6379/metadata",
        "postgres://me:secret@db:5432/metadata",
        "grpc://",
    ],
)
def test_any_other_address_is_refused_without_showing_its_password(address):
    with pytest.raises(InputError, match="must be a SQLite file") as refusal:
        connection_config(address)
    # With --debug, the whole traceback is shown.
    assert "secret" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize(
    "scheme, nearest",
    [("postgres", "postgresql"), ("mysqld", "mysql"), ("grpcs", "grpc")],
)
def test_an_unknown_scheme_is_answered_with_the_nearest_known_one(scheme, nearest):
    with pytest.raises(InputError, match=f"did you mean {nearest}://"):
        connection_config(f"{scheme}://me:secret@db:5432/metadata")


def test_options_after_a_question_mark_are_refused_rather_than_ignored():
    with pytest.raises(InputError, match="leave out options after a question mark"):
        connection_config("postgresql://me:secret@db/metadata?sslmode=require")


@pytest.mark.parametrize(
    "address, shown",
    [
        ("postgresql://me:a@b@db/x", "postgresql://me@db/x"),
        ("postgresql://me@db:5/x?password=secret", "postgresql://me@db:5/x"),
        ("postgresql://db/x?user=me&password=secret", "postgresql://db/x"),
        ("postgresql://me:secret@db/x#secret", "postgresql://me@db/x"),
        # Whether the host or the password goes on after these can't be known.
        ("postgresql://me:secret/secret@secret", "postgresql://me@..."),
        ("postgresql://me@db/x?password=secret@secret", "postgresql://me@..."),
        # Without a host, what looks like its port is the password.
        ("postgresql://me:secret/x", "postgresql://me/x"),
        ("grpc://db:1", "grpc://db:1"),
        ("grpc://[::1]:80", "grpc://[::1]:80"),
        ("output/metadata.sqlite", "output/metadata.sqlite"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown):
    assert without_password(address) == shown


@pytest.mark.slow
def test_a_real_postgresql_server_keeps_what_is_written():
    with postgresql_server() as address:
        kind = pb.ContextType(name="pipeline_run")
        type_id = open_store(address).put_context_type(kind)
        assert open_store(address).get_context_type("pipeline_run").id == type_id


@pytest.mark.slow
def test_an_empty_database_may_be_opened_by_several_at_once():
    program = (
        "import sys; from pipeline.metadata.connection import check_connection;"
        "print('ready', flush=True); sys.stdin.readline();"
        "check_connection(sys.argv[1])"
    )
    with postgresql_server() as address:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", program, address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            process.communicate()
            assert process.returncode == 0


@pytest.mark.slow
def test_a_server_that_can_not_be_used_is_named_without_the_password():
    with postgresql_server() as address:
        check_connection(address)
        password = connection_config(address).postgresql.password
        wrong = address.replace(password, f"{password}wrong")
        with pytest.raises(InputError, match="check the user, the password") as refusal:
            check_connection(wrong)
        assert password not in str(refusal.value)
    with pytest.raises(InputError, match="Connection refused"):
        check_connection(address)
