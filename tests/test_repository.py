"""tools/repository.py: which repository the links of the site lead to."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tools.repository import Repository, find, parse, write_url

CONFIG = '# A comment.\ntitle: T\nrepository:\n  # Why.\n  url: ""\n  branch: main\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "_config.yml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def add_remote(root: Path, address: str) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "remote", "add", "origin", address], check=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/ann/course",
        "https://github.com/ann/course/",
        "https://github.com/ann/course.git",
        "https://token@github.com/ann/course.git",
        "git@github.com:ann/course.git",
        "ssh://git@github.com/ann/course.git",
        "ssh://git@github.com:22/ann/course",
        " https://GitHub.com/ann/course\n",
    ],
)
def test_every_way_to_write_an_address_is_read(address: str) -> None:
    assert parse(address) == Repository("https://github.com", "ann", "course")


def test_a_group_on_gitlab_is_part_of_the_owner() -> None:
    found = parse("git@gitlab.com:school/maths/course.git")
    assert (found.owner, found.name) == ("school/maths", "course")
    assert found.url == "https://gitlab.com/school/maths/course"


@pytest.mark.parametrize("address", ["", "course", "/home/ann/course", "https://github.com/ann"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="https://github.com/you"):
        parse(address)


def test_without_any_source_there_is_no_repository(root: Path) -> None:
    assert find(root, {}) is None


def test_the_environment_goes_before_the_remote_and_the_remote_before_the_file(root: Path) -> None:
    write_url("https://github.com/file/course", root)
    assert find(root, {}).owner == "file"
    add_remote(root, "git@github.com:remote/course.git")
    assert find(root, {}).owner == "remote"
    environ = {"GITHUB_REPOSITORY": "ci/course", "GITHUB_REF_NAME": "spring"}
    assert find(root, environ) == Repository("https://github.com", "ci", "course", "spring")


def test_a_remote_on_this_machine_is_passed_over(root: Path) -> None:
    add_remote(root, "/srv/git/course.git")
    assert find(root, {}) is None


@pytest.mark.parametrize(
    ("extra", "branch"),
    [
        ({"GITHUB_REF_NAME": "12/merge", "GITHUB_BASE_REF": "spring"}, "spring"),
        ({"GITHUB_REF_NAME": "12/merge"}, "main"),
        ({}, "main"),
    ],
)
def test_a_pull_request_links_to_a_branch_that_exists(
    root: Path, extra: dict[str, str], branch: str
) -> None:
    assert find(root, {"GITHUB_REPOSITORY": "ann/course"} | extra).branch == branch


def test_the_server_of_the_environment_counts(root: Path) -> None:
    environ = {"GITHUB_REPOSITORY": "ann/course", "GITHUB_SERVER_URL": "https://git.example.org/"}
    assert find(root, environ).url == "https://git.example.org/ann/course"


def test_launch_links() -> None:
    home = Repository("https://github.com", "ann", "course", "main")
    assert home.binder("book/00_intro.ipynb") == (
        "https://mybinder.org/v2/gh/ann/course/main?urlpath=lab/tree/book/00_intro.ipynb"
    )
    assert home.colab("book/00_intro.ipynb") == (
        "https://colab.research.google.com/github/ann/course/blob/main/book/00_intro.ipynb"
    )
    assert home.colab("book/notation.md") is None
    assert home.page("book/notation.md") == (
        "https://github.com/ann/course/blob/main/book/notation.md"
    )


def test_a_branch_with_a_slash_stays_one_part_of_binders_address() -> None:
    home = Repository("https://github.com", "ann", "course", "fix/typo")
    assert "/ann/course/fix%2Ftypo?urlpath" in home.binder("book/00_intro.ipynb")
    assert "/blob/fix/typo/book/" in home.colab("book/00_intro.ipynb")


def test_elsewhere_than_on_github_binder_gets_the_whole_address_and_colab_nothing() -> None:
    home = Repository("https://gitlab.com", "school/maths", "course", "main")
    link = home.binder("book/00_intro.ipynb")
    assert "/v2/git/https%3A%2F%2Fgitlab.com%2Fschool%2Fmaths%2Fcourse/main?" in link
    assert home.colab("book/00_intro.ipynb") is None


def test_writing_the_address_changes_that_line_only(root: Path) -> None:
    write_url("git@github.com:ann/course.git", root)
    text = (root / "_config.yml").read_text(encoding="utf-8")
    assert text == CONFIG.replace('url: ""', 'url: "https://github.com/ann/course"')
    assert yaml.safe_load(text)["repository"]["url"] == "https://github.com/ann/course"
    write_url("", root)
    assert (root / "_config.yml").read_text(encoding="utf-8") == CONFIG


def test_a_wrong_address_is_not_written(root: Path) -> None:
    with pytest.raises(ValueError, match="not the address"):
        write_url("my course", root)
    assert (root / "_config.yml").read_text(encoding="utf-8") == CONFIG


def test_a_config_without_the_line_is_reported(root: Path) -> None:
    (root / "_config.yml").write_text("title: T\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no line"):
        write_url("https://github.com/ann/course", root)
