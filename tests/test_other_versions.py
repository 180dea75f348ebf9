"""The tests with other versions take the right files: the package's, and none that needs more."""

import re
from pathlib import Path

import pytest

from tools import other_versions
from tools.execution import ROOT
from tools.other_versions import package_tests, requirements

CONFTEST = "import pytest\n\n@pytest.fixture(scope='session')\ndef browser():\n    yield\n"
FILES = {
    "test_losses.py": "import numpy\nfrom course_utils import losses\n",
    "test_site.py": "from course_utils import palette\nfrom tools import site\n",
    "test_page.py": "import course_utils\nfrom playwright.sync_api import expect\n",
    "test_engine.py": "import course_utils\n\ndef test_engine(browser):\n    pass\n",
    "test_prose.py": "import re\n",
    "lab.py": "import course_utils\n",
}


def test_takes_the_tests_that_need_only_the_package(tmp_path: Path) -> None:
    for name, text in {**FILES, "conftest.py": CONFTEST}.items():
        (tmp_path / name).write_text(text)
    assert [path.name for path in package_tests(tmp_path)] == ["test_losses.py"]


def test_finds_tests_of_this_package() -> None:
    names = {path.name for path in package_tests(ROOT / "tests")}
    assert "test_exercises.py" in names
    assert not names & {"test_notebooks.py", "test_lab.py", "test_environment.py"}


@pytest.mark.parametrize("name", ["colab", "oldest"])
def test_torch_is_the_projects_unless_the_published_one_is_asked_for(name: str) -> None:
    listed = (ROOT / "tests" / "environments" / f"{name}.txt").read_text("utf-8")
    pinned = re.search(r"^torch==.*", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    assert pinned
    assert requirements(name, published_torch=True).read_text("utf-8") == listed
    text = requirements(name, published_torch=False).read_text("utf-8")
    assert re.findall(r"^torch==.*", text, re.M) == [pinned[0]]
    assert re.sub("torch==.*", "", text) == re.sub("torch==.*", "", listed)


def test_finding_nothing_to_test_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(other_versions, "ROOT", tmp_path)
    (tmp_path / "tests").mkdir()
    assert other_versions.run("colab", []) == 1
    assert "No tests" in capsys.readouterr().err
