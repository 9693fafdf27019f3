"""The stand-in for WeChat that make run serves beside the suite, so that nobody needs a real account."""

import os
import socket
import subprocess
import urllib.request
from contextlib import suppress

from .paths import LOGS, PYTHON, ROOT, SERVED_DB
from .postgres import Cluster
from .say import say

PORT = 8075
# The demo's account in Odoo: addons/dealer_wechat/demo, and tests/wechat_simulator/demo.py beside it.
ACCOUNT = "wxdemo0000000001"
CALLBACK = "/dealer_wechat/cb/demo0000000000000000000000000001"


class Simulator:
    """Runs as long as the suite is served; without it all else works."""

    def __init__(self, cluster: Cluster, served_port: int):
        self.url = None
        if not (ROOT / "tests" / "wechat_simulator").is_dir():
            self.process = None
            return
        port = _port()
        with (LOGS / "wechat.log").open("w") as handle:
            self.process = subprocess.Popen(
                [
                    PYTHON,
                    "-m",
                    "wechat_simulator",
                    f"--port={port}",
                    f"--callback=http://127.0.0.1:{served_port}{CALLBACK}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
            )
        url = f"http://127.0.0.1:{port}"
        cluster.psql(
            SERVED_DB,
            f"UPDATE dealer_wechat_account SET platform_url = '{url}' WHERE appid = '{ACCOUNT}';"
            # The menu's pages lead there, and the platform sends people back to that host alone.
            f"UPDATE ir_config_parameter SET value = 'http://127.0.0.1:{served_port}'"
            " WHERE key = 'web.base.url'",
        )
        self.url = url

    def lines(self) -> list[str]:
        """What to tell about it, once it had time to start."""
        if self.process is None or self.process.poll() is not None:
            say(f"WeChat's stand-in does not run; see {LOGS / 'wechat.log'}.")
            return []
        with suppress(OSError):
            urllib.request.urlopen(f"{self.url}/control/overview", b"{}", timeout=5).close()
        return [
            f"  a customer's phone with WeChat:  {self.url}/phone",
            f"  an employee's WeCom:             {self.url}/wecom",
        ]

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)


def _port() -> int:
    """The usual port, or any free one where another clone has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", PORT))
            return PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
