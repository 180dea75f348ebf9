"""Builds the site and serves it.

`build` executes what has to be executed, runs Jupyter Book, and stamps the result last: a folder
without a fitting stamp, or in which a file is not as the stamp says, is never taken for a finished
site. If nothing has changed since the stamp it returns at once. Everything that Jupyter Book prints
goes into `_build/log.txt`.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tools import execution, files, offline, repository, trouble

ROOT = Path(__file__).resolve().parents[1]
# Changes here can alter every page, so they start the site afresh; executed notebooks stay.
FRAME = ("_config.yml", "_toc.yml", "requirements.txt", "constraints.txt")
FRAME_FOLDERS = ("tools",)
PAGE_FOLDERS = ("book", "src/course_utils")
STEP = re.compile(r"(reading sources|writing output)\.\.\. \[ *\d+%\] (\S+)")
COMPLAINT = re.compile(r"\b(WARNING|ERROR|CRITICAL):|^(?!RuntimeError)[\w.]+(Error|Exception): ")
SHOWN_COMPLAINTS = 20
PORTS = range(65536)
PORTS_TRIED = 20
# A program that begins so ends with the process that started it, in whatever way that ends: else a
# build that was killed would go on writing beside the next one.
WATCH = """
import os, sys, threading

def watch():
    os.read(0, 1)
    os._exit(1)

threading.Thread(target=watch, daemon=True).start()
"""
# `tools` comes first: it spares what follows a slow import.
JUPYTER_BOOK = f"""{WATCH}
import tools
from jupyter_book.cli.main import main
sys.exit(main())
"""
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
    with execution.claimed(target):
        return _build(target, environ)


def _build(target: Path, environ: dict[str, str]) -> Path:
    site, stamp_file = target / "html", target / "stamp.json"
    start = time.perf_counter()
    parts = (site, target / ".doctrees")
    try:
        stamp, notebooks = _stamp(environ), _notebooks()
    except ValueError as error:  # in the settings
        raise BuildError(str(error)) from None
    old = _read_stamp(stamp_file)
    whole = _sizes(parts) == old.get("files")
    if whole and old.get("frame") == stamp["frame"] and old.get("pages") == stamp["pages"]:
        print(f"Nothing changed: the site in {_short(site)} is up to date.", flush=True)
        return site
    execution.execute_all(notebooks)
    if not whole or old.get("frame") != stamp["frame"]:
        # Also after a build that failed or was interrupted, which left no stamp.
        for part in parts:
            files.remove(part)
    files.remove(stamp_file)
    _run_jupyter_book(target, environ)
    files.write(stamp_file, json.dumps({**stamp, "files": _sizes(parts)}))
    print(f"The site is in {_short(site)} ({time.perf_counter() - start:.0f} s).", flush=True)
    return site


def _sizes(folders: Iterable[Path]) -> dict[str, int]:
    """The size of each file in `folders`: by them a file that is lost or cut off is noticed."""
    return {
        path.relative_to(folder.parent).as_posix(): path.stat().st_size
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


def _notebooks() -> list[Path]:
    """The notebooks in the table of contents."""
    names = set(_pages(repository.read_yaml(ROOT / "_toc.yml")))
    paths = [ROOT / "book" / f"{name.removesuffix('.ipynb')}.ipynb" for name in sorted(names)]
    return [path for path in paths if path.is_file()]


def _pages(toc: Any) -> Iterator[str]:
    """The pages that a table of contents, or a part of one, names."""
    if isinstance(toc, dict):
        yield from (str(toc[key]) for key in ("root", "file") if key in toc)
        toc = list(toc.values())
    if isinstance(toc, list):
        for part in toc:
            yield from _pages(part)


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


def _read_stamp(path: Path) -> dict[str, Any]:
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _run_jupyter_book(target: Path, environ: dict[str, str]) -> None:
    options = ["--path-output", str(target.parent), "--config", str(ROOT / "_config.yml")]
    options += ["--toc", str(ROOT / "_toc.yml"), "-W", "-n", "--keep-going"]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT / "book"), *options]
    environ |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    lines = []
    log_file = target / "log.txt"
    if log_file.is_dir():  # in a damaged folder
        files.remove(log_file)
    with log_file.open("w", encoding="utf-8") as log, _process(command, environ) as process:
        for line in process.stdout or ():
            line = ANSI.sub("", line)
            log.write(line)
            lines.append(line.rstrip())
            _show_progress(line)
    if process.returncode:
        raise BuildError(_failure(lines, log_file))


@contextlib.contextmanager
def _process(command: list[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen]:
    """Run `command`; it ends with this block, whatever happens inside."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(environ),
        stdin=subprocess.PIPE,  # never written to: its end is the end of this process
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
    advice = trouble.advice_on("\n".join(shown))
    said = ["The site could not be built:", *shown, *([advice] if advice else [])]
    return "\n".join([*said, f"The full log: {_short(log)}"])


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


def open_server(folder: Path, port: int = 8000, handler: type[Handler] = Handler) -> Server:
    """A server of `folder` on this machine only, on `port` or the next free one (0: any).

    Raises ValueError if there is no such port, OSError if none of twenty can be had.
    """
    if port not in PORTS:
        raise ValueError(f"There is no port {port}: wanted is a number from 0 to {PORTS[-1]}.")
    candidates = range(0, 1) if port == 0 else PORTS[port : port + PORTS_TRIED]
    forbidden = False
    for candidate in candidates:
        try:
            return Server(("127.0.0.1", candidate), partial(handler, directory=str(folder)))
        except OSError as error:
            forbidden = isinstance(error, PermissionError)
    why = (
        "This account may not open them: those below 1024 are the administrator's."
        if forbidden
        else "Other programs use them, perhaps earlier `make serve`s that were not stopped."
    )
    raise OSError(
        f"No port from {candidates[0]} to {candidates[-1]} can be had. {why} "
        'Choose another one: make serve ARGS="--port 9000"'
    )


@contextlib.contextmanager
def serving(folder: Path, handler: type[Handler] = Handler) -> Iterator[str]:
    """Serve `folder` on any free port while the block runs; gives the address without a slash."""
    server = open_server(folder, 0, handler)
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


def _port(text: str) -> int:
    """Read a port's number. Raises argparse.ArgumentTypeError, which ends the command clearly."""
    if not (text.isdecimal() and int(text) in PORTS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port: wanted is a number from 0 to {PORTS[-1]}"
        )
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Run `book` or `serve [--port N]`; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    book = commands.add_parser("book", help="build the site")
    book.add_argument("--zip", action="store_true", help="pack it into one file, too")
    options = commands.add_parser("serve", help="build the site and serve it")
    options.add_argument("--port", type=_port, default=8000, help="default: 8000 or the next free")
    chosen = parser.parse_args(arguments)
    try:
        built = build()
        if chosen.command == "serve":
            serve(chosen.port)
        elif chosen.zip:
            packed = offline.pack(built, built.parent / f"{offline.NAME}.zip")
            print(f"The site as one file: {_short(packed)}", flush=True)
    except (BuildError, execution.ExecutionFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(trouble.explain(error) or error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next run starts afresh.", file=sys.stderr)
        return 130
    return 0
