"""Which repository does this copy of the course live in?

Launch links, the repository link and the set-up cell follow the fork that builds the site.
`find` is the only place that decides it.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from tools import files

ROOT = Path(__file__).resolve().parents[1]
DEFAULT_BRANCH = "main"
# git@host:owner/name.git, ssh://git@host/owner/name, https://user@host/owner/name.git
ADDRESS = re.compile(
    r"(?:(?P<scheme>https?|ssh|git)://)?(?:[^@/\s]+@)?(?P<host>[\w.-]+\.[a-z]+|localhost)(?::\d+)?"
    r"[:/](?P<owner>[\w.-]+(?:/[\w.-]+)*?)/(?P<name>[\w.-]+?)(?:\.git)?/?$"
)


@dataclass(frozen=True)
class Repository:
    """A repository on a Git host.

    Attributes:
        server: for example `https://github.com`, without a slash at the end.
        owner: user or organisation (on GitLab possibly with subgroups).
        name: the repository's name without `.git`.
        branch: the branch or tag that readers are sent to.
    """

    server: str
    owner: str
    name: str
    branch: str = DEFAULT_BRANCH

    @property
    def url(self) -> str:
        """The address of the repository's page."""
        return f"{self.server}/{self.owner}/{self.name}"

    @property
    def on_github(self) -> bool:
        """Whether it is on github.com, the only host from which Colab opens notebooks."""
        return self.server == "https://github.com"

    @property
    def site(self) -> str | None:
        """Where GitHub Pages serves the repository's site; None on another host."""
        if not self.on_github:
            return None
        host = f"{self.owner.lower()}.github.io"
        return f"https://{host}/" if self.name.lower() == host else f"https://{host}/{self.name}/"

    def page(self, path: str) -> str:
        """The address of the file `path` (relative to the repository) on the host."""
        return f"{self.url}/blob/{quote(self.branch)}/{quote(path)}"

    def binder(self, path: str, hub: str = "https://mybinder.org") -> str:
        """The address that opens the notebook `path` in JupyterLab on Binder."""
        if self.on_github:
            place = f"gh/{self.owner}/{self.name}"
        else:
            place = f"git/{quote(self.url, safe='')}"
        branch = quote(self.branch, safe="")
        return f"{hub}/v2/{place}/{branch}?urlpath=lab/tree/{quote(path)}"

    def colab(self, path: str, base: str = "https://colab.research.google.com") -> str | None:
        """The address that opens the notebook `path` on Colab; None where Colab can't reach it."""
        if not (self.on_github and path.endswith(".ipynb")):
            return None
        place = f"{self.owner}/{self.name}/blob/{quote(self.branch)}/{quote(path)}"
        return f"{base}/github/{place}"


def parse(address: str, branch: str = DEFAULT_BRANCH) -> Repository:
    """Read a repository's address as git or a browser writes it.

    Raises ValueError if `address` names no repository on a host.
    """
    match = ADDRESS.match(address.strip())
    if not match:
        raise ValueError(
            f"{address!r} is not the address of a repository. "
            "Wanted is something like https://github.com/you/your-fork."
        )
    scheme = "http" if match["scheme"] == "http" else "https"
    return Repository(f"{scheme}://{match['host'].lower()}", match["owner"], match["name"], branch)


def find(root: Path = ROOT, environ: Mapping[str, str] | None = None) -> Repository | None:
    """The repository of this copy: from the CI environment, else the git remote, else _config.yml.

    None if none of the three names one; then the site has no launch links.
    Raises ValueError if `_config.yml` is not YAML or has a `repository.url` that is no address.
    """
    environ = os.environ if environ is None else environ
    config = configured(root)
    branch = config.get("branch") or DEFAULT_BRANCH
    return (
        _from_environment(environ, branch)
        or _from_remote(root, branch)
        or (parse(config["url"], branch) if config.get("url") else None)
    )


def configured(root: Path) -> dict[str, str]:
    """Return what `_config.yml` says of the repository: its `url` and `branch`, where given.

    Raises ValueError if the file is not YAML.
    """
    settings = read_yaml(root / "_config.yml")
    found = settings.get("repository") if isinstance(settings, dict) else None
    return found if isinstance(found, dict) else {}


def read_yaml(path: Path) -> Any:
    """Return what a file of settings holds. Raises ValueError, naming the line, if it's no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(
            f"{path.name} is not YAML: {error}\nThe likely cause: an indent or a quotation mark. "
            f"`git diff {path.name}` shows what was changed."
        ) from None


def _from_environment(environ: Mapping[str, str], branch: str) -> Repository | None:
    name = environ.get("GITHUB_REPOSITORY", "")
    if "/" not in name:
        return None
    ref = environ.get("GITHUB_REF_NAME", "")
    # A pull request's ref is "12/merge", which neither Binder nor Colab can open.
    if not ref or ref.endswith("/merge"):
        ref = environ.get("GITHUB_BASE_REF") or branch
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    owner, _, name = name.partition("/")
    return Repository(server.rstrip("/"), owner, name, ref)


def _from_remote(root: Path, branch: str) -> Repository | None:
    # A copy without history may stand inside a repository that is somebody else's.
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git on this machine
        return None
    try:
        return parse(result.stdout, branch) if result.stdout.strip() else None
    except ValueError:  # the remote is a folder on this machine, say
        return None


def write_url(url: str, root: Path = ROOT) -> None:
    """Set `repository.url` in `_config.yml`, leaving every other character of the file alone.

    An empty `url` takes the address out again. Raises ValueError if `url` is not an address.
    """
    if url:
        url = parse(url).url
    path = root / "_config.yml"
    text = path.read_text(encoding="utf-8")
    new, count = re.subn(r"(?m)^(repository:\n(?:[ #].*\n)*?  url: ).*$", rf'\g<1>"{url}"', text)
    if count != 1:
        raise ValueError("_config.yml has no line `url:` below `repository:`.")
    files.write(path, new)
