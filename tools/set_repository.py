"""Writes the address of a fork wherever the project names it: `python -m tools repository URL`."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from tools import notebook_file, repository
from tools.execution import ROOT, book_notebooks
from tools.notebooks import (
    normal_form,
    refresh_generated,
    repository_address,
    text_of,
    write_if_changed,
)

BADGES = re.compile(r"(<!-- launch -->).*?(<!-- /launch -->)", re.DOTALL)
FIRST_NOTEBOOK = "book/00_intro.ipynb"


def set_repository(url: str, root: Path = ROOT) -> list[Path]:
    """Write `url` into `_config.yml`, the set-up cells and the README's badges.

    Returns the files that changed and names them. Raises ValueError, before anything is written,
    if `url` is not the https address of a Git repository, README.md has no launch markers or a
    notebook can't be read.
    """
    found = checked(url)
    readme = root / "README.md"
    introduction = with_badges(readme.read_text(encoding="utf-8"), found)
    notebooks = {path: notebook_file.read(path) for path in book_notebooks(root)}
    config = root / "_config.yml"
    before = config.read_bytes()
    repository.write_url(found.url, root)
    changed = [config] if config.read_bytes() != before else []
    address, branch = repository_address(root)
    for path, nb in notebooks.items():
        if write_if_changed(path, text_of(normal_form(refresh_generated(nb, address, branch)))):
            changed.append(path)
    if write_if_changed(readme, introduction):
        changed.append(readme)
    for path in changed:
        print(f"Changed: {path.relative_to(root)}")
    print("Commit these files and push them." if changed else "Nothing to change.")
    return changed


def checked(url: str) -> repository.Repository:
    """Return the repository at `url`. Raises ValueError if it is no https address of one."""
    parts = urlsplit(url.strip())
    if parts.scheme != "https":
        raise ValueError(f"{url!r} is not an https address; Colab and Binder need one.")
    if parts.username or parts.password:
        raise ValueError("The address has a user name or a password in it; leave them out.")
    if parts.query or parts.fragment or re.search(r"[\s\"'\\]", url.strip()):
        raise ValueError(f"{url!r} is not the address of a repository.")
    return repository.parse(url)


def with_badges(readme: str, found: repository.Repository) -> str:
    """Return the README's text with the badges of `found` between the launch markers.

    Raises ValueError if the markers are missing.
    """
    badges = [
        f"[![Open on Binder](https://mybinder.org/badge_logo.svg)]({found.binder(FIRST_NOTEBOOK)})"
    ]
    colab = found.colab(FIRST_NOTEBOOK)
    if colab:
        badges.append(
            f"[![Open on Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"
        )
    block = "\n".join(badges)
    text, count = BADGES.subn(lambda match: f"{match[1]}\n{block}\n{match[2]}", readme)
    if count != 1:
        raise ValueError(
            "README.md needs one pair of the markers <!-- launch --> and <!-- /launch -->."
        )
    return text
