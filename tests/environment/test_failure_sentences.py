"""What set-up makes of the messages of pip and uv when one of its steps fails."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PIP_WITHOUT_NETWORK = """\
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('\
<HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] \
Temporary failure in name resolution')': /simple/uv/
ERROR: Could not find a version that satisfies the requirement uv==0.13.9
ERROR: No matching distribution found for uv==0.13.9
"""
PIP_WITHOUT_CERTIFICATE = """\
Could not fetch URL https://index.example.com/simple/uv/: There was a problem \
confirming the ssl certificate: HTTPSConnectionPool(host='index.example.com', \
port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, \
'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'))) - skipping
ERROR: No matching distribution found for uv==0.13.9
"""
UV_WITHOUT_NETWORK = """\
error: Request failed after 3 retries in 4.6s
  cause: Failed to fetch: http://user:secret@index.example.com:8080/simple/fasteners/
  cause: error sending request for url (http://user:secret@index.example.com:8080/x/)
  cause: tcp connect error
  cause: Connection refused (os error 111)
"""
UV_WITHOUT_CERTIFICATE = """\
error: Failed to fetch: https://index.example.com/simple/aiosignal/
  cause: client error (Connect)
  cause: invalid peer certificate: UnknownIssuer
"""
UV_WITHOUT_DISK = """\
error: Failed to write to the client cache
  cause: failed to write to file `/cache/x`: No space left on device (os error 28)
"""
UV_WITHOUT_WHEEL = """\
error: Failed to fetch: https://user:secret@index.example.com/simple/x/ (403)
"""
UNREACHABLE = (
    "Installing failed, because {} can't be reached: connect to the network, or name "
    "an index that can be reached with PIP_INDEX_URL."
)
UNTRUSTED = (
    "Installing failed, because the certificate of {} isn't trusted: name the file of "
    "your network's certificates with SSL_CERT_FILE and PIP_CERT."
)


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (PIP_WITHOUT_NETWORK, UNREACHABLE.format("the package index")),
        (UV_WITHOUT_NETWORK, UNREACHABLE.format("index.example.com:8080")),
        (PIP_WITHOUT_CERTIFICATE, UNTRUSTED.format("index.example.com")),
        (UV_WITHOUT_CERTIFICATE, UNTRUSTED.format("index.example.com")),
        (
            UV_WITHOUT_DISK,
            "Installing failed, because the disk is full: make room, or use a folder "
            "on a larger disk.",
        ),
        (
            UV_WITHOUT_WHEEL,
            "Installing failed with exit code 2 (error: Failed to fetch: "
            "https://index.example.com/simple/x/ (403)): see {log} for the reason, and "
            "run the same command again.",
        ),
        (
            "",
            "Installing failed with exit code 2 (no message): see {log} for the "
            "reason, and run the same command again.",
        ),
    ],
)
def test_a_step_that_fails_is_explained_in_one_sentence(tmp_path, printed, sentence):
    (tmp_path / "printed").write_text(printed)
    log = tmp_path / "log"
    log.write_text("error: an earlier step: No space left on device\n")
    script = f"""
        set -euo pipefail
        . {ROOT}/environment/run_step.sh
        log={log}
        run_step Installing bash -c 'cat {tmp_path}/printed >&2; exit 2'
    """
    finished = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr == f"Error: {sentence.format(log=log)}\n"
    assert printed in log.read_text()
