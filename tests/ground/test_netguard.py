"""The guard against the outside bites, and leaves this machine's own addresses alone."""

import subprocess
import sys

import pytest

from ground.odoo_tests import NETGUARD

# 192.0.2.1 is reserved for documentation: even without the guard nobody would answer there
ATTEMPTS = {
    "connect": "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
    "connect_ex": "import socket; socket.socket().connect_ex(('192.0.2.1', 80))",
    "datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "name": "import socket; socket.getaddrinfo('dealer-suite.example', 443)",
    "urllib": "import urllib.request; urllib.request.urlopen('http://dealer-suite.example/')",
    "requests": "import requests; requests.get('https://dealer-suite.example/', timeout=2)",
    "swallowed": """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), 1)
except OSError:
    pass
""",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
}


def run(code, tmp_path):
    log = tmp_path / "outside.log"
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(NETGUARD), "DEALER_NETGUARD_LOG": str(log), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return process, log.read_text() if log.exists() else ""


@pytest.mark.parametrize("name", ATTEMPTS)
def test_outside_is_refused_and_written_down(name, tmp_path):
    process, log = run(ATTEMPTS[name], tmp_path)
    assert "192.0.2.1" in log or "dealer-suite.example" in log
    if name != "swallowed":
        assert process.returncode != 0
        assert "nothing leaves this machine" in process.stderr


def test_loopback_is_free(tmp_path):
    code = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=server.accept, daemon=True).start()
socket.create_connection(("localhost", server.getsockname()[1]), 5).close()
print("reached")
"""
    process, log = run(code, tmp_path)
    assert process.stdout == "reached\n", process.stderr
    assert log == ""
