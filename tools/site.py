"""Builds the site and serves it.

`build` executes what has to be executed, runs Jupyter Book, and stamps the result last: a folder
without a fitting stamp is never taken for a finished site. If nothing has changed since the stamp
it returns at once. Everything that Jupyter Book prints goes into `_build/log.txt`.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from filelock import FileLock

from tools import execution, offline, repository

ROOT = Path(__file__).resolve().parents[1]
# Changes here can alter every page, so they start the site afresh; executed notebooks stay.
FRAME = ("_config.yml", "_toc.yml", "requirements.txt", "constraints.txt")
FRAME_FOLDERS = ("tools",)
PAGE_FOLDERS = ("book", "src/course_utils")
STEP = re.compile(r"(reading sources|writing output)\.\.\. \[ *\d+%\] (\S+)")
COMPLAINT = re.compile(r"\b(WARNING|ERROR|CRITICAL):|^(?!RuntimeError)[\w.]+(Error|Exception): ")
SHOWN_COMPLAINTS = 20
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class BuildError(Exception):
    """The site could not be built; the message holds the lines that say why."""


# --- building -------------------------------------------------------------------------------------


def build(place: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Bring the site up to date and return its folder.

    Args:
        place: the folder in which `_build`, which holds the site, stands (default: this copy).
        environ: environment variables (default: this process's); they name the repository.

    Raises BuildError if Jupyter Book fails or warns, tools.execution.ExecutionFailed if a
    notebook does.
    """
    target = (ROOT if place is None else place) / "_build"
    environ = dict(os.environ if environ is None else environ)
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / ".lock"):
        return _build(target, environ)


def _build(target: Path, environ: dict[str, str]) -> Path:
    site, stamp_file = target / "html", target / "stamp.json"
    start = time.perf_counter()
    stamp, old = _stamp(environ), _read_stamp(stamp_file)
    if old == stamp and (site / "index.html").is_file():
        print(f"Nothing changed: the site in {_short(site)} is up to date.", flush=True)
        return site
    execution.execute_all(_notebooks())
    if old.get("frame") != stamp["frame"]:
        # Also after a build that failed or was interrupted, which left no stamp.
        for folder in (site, target / ".doctrees"):
            shutil.rmtree(folder, ignore_errors=True)
    stamp_file.unlink(missing_ok=True)
    _run_jupyter_book(target, environ)
    stamp_file.write_text(json.dumps(stamp), encoding="utf-8")
    print(f"The site is in {_short(site)} ({time.perf_counter() - start:.0f} s).", flush=True)
    return site


def _notebooks() -> list[Path]:
    """The notebooks in the table of contents."""
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    names = set(re.findall(r"(?m)^\s*(?:root:|- file:)\s*(\S+)", toc))
    paths = [ROOT / "book" / f"{name.removesuffix('.ipynb')}.ipynb" for name in sorted(names)]
    return [path for path in paths if path.is_file()]


def _stamp(environ: Mapping[str, str]) -> dict[str, str]:
    """What the site is made of, as two hashes: what all pages share, and the pages themselves."""
    versions = f"{sys.version}\0{sys.prefix}\0{repository.find(ROOT, environ)}"
    frame = [ROOT / name for name in FRAME] + [*_files(FRAME_FOLDERS)]
    frame += (ROOT / "book").glob("*.bib")
    return {"frame": _digest(frame, versions), "pages": _digest(_files(PAGE_FOLDERS))}


def _files(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(ROOT).parts)
            if path.is_file() and not hidden and "__pycache__" not in path.parts:
                yield path


def _digest(paths: Iterable[Path], extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for path in paths:
        if path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def _read_stamp(path: Path) -> dict[str, str]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _run_jupyter_book(target: Path, environ: dict[str, str]) -> None:
    program = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
    options = ["--path-output", str(target.parent), "--config", str(ROOT / "_config.yml")]
    options += ["--toc", str(ROOT / "_toc.yml"), "-W", "-n", "--keep-going"]
    command = [sys.executable, "-c", program, "build", str(ROOT / "book"), *options]
    environ |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    lines = []
    log_file = (target / "log.txt").open("w", encoding="utf-8")
    with log_file as log, _process(command, environ) as process:
        for line in process.stdout or ():
            line = ANSI.sub("", line)
            log.write(line)
            lines.append(line.rstrip())
            _show_progress(line)
    if process.returncode:
        raise BuildError(_failure(lines, target / "log.txt"))


@contextlib.contextmanager
def _process(command: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """Run `command`; it ends with this block, whatever happens inside."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            yield process
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()


def _show_progress(line: str) -> None:
    if line.startswith("NOTICE: "):
        print(line.removeprefix("NOTICE: ").rstrip(), flush=True)
    match = STEP.search(line)
    if match and match[1] == "writing output":
        print(f"  page {match[2]}", flush=True)


def _failure(lines: list[str], log: Path) -> str:
    complaints = [line for line in lines if COMPLAINT.search(line)]
    shown = complaints[:SHOWN_COMPLAINTS] or lines[-SHOWN_COMPLAINTS:]
    return "\n".join(["The site could not be built:", *shown, f"The full log: {_short(log)}"])


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


# --- serving --------------------------------------------------------------------------------------


class Handler(SimpleHTTPRequestHandler):
    """Serves files with the right types (Windows takes them from its registry) and no caching."""

    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".ipynb": "application/x-ipynb+json",
        ".js": "text/javascript; charset=utf-8",
        ".mjs": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing: a reader of the terminal looks for the address."""


class Server(ThreadingHTTPServer):
    """A server that refuses a port in use, also on Windows, where sharing one would succeed."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away in the middle."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def open_server(folder: Path, port: int = 8000) -> Server:
    """A server of `folder` on this machine only, on `port` or the next free one (0: any).

    Raises OSError if none of twenty ports is free.
    """
    for candidate in [0] if port == 0 else range(port, port + 20):
        try:
            return Server(("127.0.0.1", candidate), partial(Handler, directory=str(folder)))
        except OSError:
            continue
    raise OSError(f"No port from {port} to {port + 19} is free. Choose another one.")


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve `folder` on any free port while the block runs; gives the address without a slash."""
    server = open_server(folder, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def serve(port: int = 8000, folder: Path | None = None) -> None:
    """Serve the built site on this machine until Ctrl-C.

    Raises FileNotFoundError if there is no site yet.
    """
    folder = ROOT / "_build" / "html" if folder is None else folder
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"There is no site in {folder}: build it first.")
    with open_server(folder, port) as server:
        print(f"The course is at http://localhost:{server.server_port}/ (Ctrl-C stops)", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
        print("\nStopped.", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run `book` or `serve [--port N]`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    book = commands.add_parser("book", help="build the site")
    book.add_argument("--zip", action="store_true", help="pack it into one file, too")
    options = commands.add_parser("serve", help="build the site and serve it")
    options.add_argument("--port", type=int, default=8000, help="default: 8000 or the next free")
    chosen = parser.parse_args(arguments)
    try:
        built = build()
        if chosen.command == "serve":
            serve(chosen.port)
        elif chosen.zip:
            packed = offline.pack(built, built.parent / f"{offline.NAME}.zip")
            print(f"The site as one file: {_short(packed)}", flush=True)
    except (BuildError, execution.ExecutionFailed, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next run starts afresh.", file=sys.stderr)
        return 130
    return 0
