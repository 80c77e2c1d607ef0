import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.errors import UsageError
from newsletter.web.listening import open_socket

PROGRAM = """
import sys
from pathlib import Path
from newsletter.web.studio.door import run_studio
from tests.web.paper import PaperProject
project = PaperProject(Path(sys.argv[1]))
run_studio(project, port=int(sys.argv[2]), open_browser=False, announce=lambda text: print(text, flush=True))
print("stopped", flush=True)
"""


def test_a_taken_port_gives_the_next_free_one() -> None:
    with open_socket(0) as taken:
        port = taken.getsockname()[1]
        with open_socket(port) as other:
            assert other.getsockname()[1] > port


def test_a_port_that_does_not_exist_is_one_clear_sentence() -> None:
    with pytest.raises(UsageError):
        open_socket(65_536)


def test_only_this_machine_is_listened_to() -> None:
    with open_socket(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_studio_stops_on_a_signal_though_a_page_still_listens(tmp_path: Path, stop: signal.Signals) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        address = process.stdout.readline().strip()
        host, token = address.removeprefix("http://").split("/?token=")
        name, port = host.split(":")
        with socket.create_connection((name, int(port)), timeout=60) as page:
            cookie = f"studio_{port}={token}"
            page.sendall(f"GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode())
            with page.makefile("rb") as answer:
                assert next(line for line in answer if b"hello" in line)
            process.send_signal(stop)
            assert process.wait(timeout=60) == (0 if stop is signal.SIGINT else -signal.SIGTERM)
        assert "Traceback" not in process.stderr.read()
