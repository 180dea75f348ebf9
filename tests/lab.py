"""A real JupyterLab with a notebook open in a real browser, and a line to the same kernel."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client import BlockingKernelClient
from playwright.sync_api import Browser, Page

START_TIMEOUT = 120
RUN_TIMEOUT = 120
# Every cell in the page, whether in view or not; no question about news.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass
class LabNotebook:
    """A notebook open in JupyterLab: its `page` in the browser and its kernel."""

    page: Page
    client: BlockingKernelClient

    def run_all(self) -> None:
        """Run all cells and wait until the last one has ended."""
        self.page.set_default_timeout(RUN_TIMEOUT * 1000)
        self.page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")

    def kernel_eval(self, code: str) -> str:
        """Run `code` in the notebook's kernel; return its value's repr and what it printed.

        Raises RuntimeError, with the traceback, if `code` raises.
        """
        said: list[str] = []

        def take(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            elif message["msg_type"] in ("execute_result", "display_data"):
                said.append(content["data"].get("text/plain", ""))

        reply = self.client.execute_interactive(
            code, store_history=False, output_hook=take, timeout=RUN_TIMEOUT
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))
        return "".join(said).strip()

    def wait_for(self, code: str, wanted: str, timeout: float = 30) -> None:
        """Wait until `kernel_eval(code)` is `wanted`: the page's messages need a moment."""
        end = time.monotonic() + timeout
        while (value := self.kernel_eval(code)) != wanted:
            assert time.monotonic() < end, f"{code} is {value}, not {wanted}"
            time.sleep(0.05)


@dataclass
class Lab:
    """A running JupyterLab server."""

    url: str
    token: str
    runtime: Path
    browser: Browser

    @contextmanager
    def notebook(self, name: str) -> Iterator[LabNotebook]:
        """Open the notebook `name`, with its kernel started and idle, and close both again."""
        page = self.browser.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"{self.url}/lab/tree/{name}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=START_TIMEOUT * 1000)
        session = self._session(name)
        client = BlockingKernelClient(
            connection_file=str(self.runtime / f"kernel-{session['kernel']['id']}.json")
        )
        client.load_connection_file()
        client.start_channels()
        try:
            _wait_until_ready(client)
            page.wait_for_selector("[data-status=idle]", timeout=START_TIMEOUT * 1000)
            yield LabNotebook(page, client)
        finally:
            client.stop_channels()
            page.close()
            self._ask(f"/api/sessions/{session['id']}", method="DELETE")

    def _session(self, name: str) -> dict[str, Any]:
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            for session in self._ask("/api/sessions"):
                if session["path"] == name and session["kernel"]:
                    return dict(session)
            time.sleep(0.1)
        raise TimeoutError(f"JupyterLab started no kernel for {name} in {START_TIMEOUT} s")

    def _ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or "null")


@contextmanager
def running_lab(folder: Path, workplace: Path, browser: Browser) -> Iterator[Lab]:
    """Start JupyterLab on a copy of `folder`; all that it writes stays in `workplace`."""
    root = workplace / "notebooks"
    shutil.copytree(folder, root)
    places = {
        "JUPYTER_CONFIG_DIR": workplace / "config",
        "JUPYTER_DATA_DIR": workplace / "data",
        "JUPYTER_RUNTIME_DIR": workplace / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": workplace / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": workplace / "workspaces",
        "IPYTHONDIR": workplace / "ipython",
    }
    for name, settings in SETTINGS.items():
        path = places["JUPYTERLAB_SETTINGS_DIR"] / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": root,
        "IdentityProvider.token": token,
        "LabApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.news_url": None,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    env = {**os.environ, **{name: str(path) for name, path in places.items()}}
    env["JUPYTER_PREFER_ENV_PATH"] = "1"
    log = workplace / "log.txt"
    with log.open("w", encoding="utf-8") as file:
        server = subprocess.Popen(command, env=env, stdout=file, stderr=subprocess.STDOUT)
        lab = Lab(f"http://127.0.0.1:{port}", token, places["JUPYTER_RUNTIME_DIR"], browser)
        try:
            _wait_until_up(lab, server, log)
            yield lab
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_ready(client: BlockingKernelClient) -> None:
    """Wait for the kernel's answer. On a busy machine one late heartbeat is no dead kernel."""
    end = time.monotonic() + START_TIMEOUT
    while True:
        try:
            client.wait_for_ready(timeout=START_TIMEOUT)
            return
        except RuntimeError:
            if time.monotonic() > end:
                raise


def _wait_until_up(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end and server.poll() is None:
        try:
            lab._ask("/api/status")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
