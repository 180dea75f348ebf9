"""The Content-Security-Policy that every page carries.

Everything comes from the site itself. Two things need to be allowed beside that: the one script
that stands in the page, named by its hash, which picks the colours before anything is drawn; and
style attributes, with which KaTeX places the parts of a formula.
"""

import base64
import hashlib
from pathlib import Path

FIRST_SCRIPT = (Path(__file__).parent / "theme" / "first.js").read_text(encoding="utf-8").strip()


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' {_hash(FIRST_SCRIPT)}",
        "style-src-attr 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
