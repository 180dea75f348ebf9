"""The stills: each explorable of the book has its picture, and it shows what the page shows."""

import dataclasses
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from course_utils.explorables.softmax import Softmax
from tests.explorable_page import static_state
from tools import stills
from tools.stills import Place


def softmax_place(number: int = 1, **state: object) -> Place:
    return Place("09_example", number, static_state(Softmax(**state)))


def test_the_stored_stills_are_those_of_the_notebooks() -> None:
    assert stills.problems(stills.all_places()) == []


def test_a_digest_tells_states_apart_but_not_machines() -> None:
    place = softmax_place(shift=1.0)
    assert place.digest == softmax_place(shift=1.0).digest
    assert place.digest == softmax_place(shift=1.0 + 1e-12).digest
    assert place.digest != softmax_place(shift=1.5).digest


def test_a_digest_changes_with_front_end_and_style(monkeypatch: pytest.MonkeyPatch) -> None:
    before = softmax_place().digest
    with monkeypatch.context() as patch:
        patch.setattr(stills, "bundle", lambda path: "another front end")
        assert softmax_place().digest != before
    monkeypatch.setattr(stills, "style_sheet", lambda name: "another style")
    assert softmax_place().digest != before


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Path:
    """A folder with the stills of two places."""
    folder = tmp_path_factory.mktemp("stills")
    places = [softmax_place(), softmax_place(2, shift=1.0)]
    assert stills.update(places, browser, folder) == places
    return folder


def test_a_still_has_its_size_and_words(folder: Path) -> None:
    still = stills.stored(folder)["09_example-1"]
    assert still.title == "How do three scores become probabilities?"
    assert "The true class 1 has probability" in still.words
    assert "class 0: 0.705" in still.seen and still.words not in still.seen
    with Image.open(folder / "09_example-1.webp") as picture:
        scaled = (still.width * stills.SCALE, still.height * stills.SCALE)
        assert picture.size == pytest.approx(scaled, abs=2)
        assert len(picture.convert("RGB").getcolors(10**6)) > 20  # not a blank


def test_what_is_missing_outdated_or_left_over_is_named(folder: Path) -> None:
    assert stills.problems([softmax_place(), softmax_place(2, shift=1.0)], folder) == []
    found = stills.problems([softmax_place(shift=2.0), softmax_place(3)], folder)
    assert [text.partition(" shows")[0].partition(" is ")[0] for text in found] == [
        "09_example.ipynb: the still of explorable 1, softmax,",
        "09_example.ipynb: the still of explorable 3, softmax,",
        "09_example-2.webp",
    ]
    assert all("make stills" in text for text in found)


def test_only_what_is_due_is_taken_and_the_rest_is_deleted(
    folder: Path, browser: Browser, tmp_path: Path
) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    kept, new = softmax_place(), softmax_place(3)
    assert stills.update([kept, new], browser, tmp_path) == [new]
    names = {"09_example-1.webp", "09_example-3.webp", "index.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert stills.problems([kept, new], tmp_path) == []


def test_an_explorable_that_cannot_start_is_named(browser: Browser, tmp_path: Path) -> None:
    place = softmax_place()
    broken = dataclasses.replace(place, state={**place.state, "logits": None})
    with pytest.raises(stills.StillsError, match="09_example.ipynb, explorable 1: .*not start"):
        stills.update([broken], browser, tmp_path)


def test_words_are_written_as_text() -> None:
    still = stills.Still("x", "0", 1, 2, "Is 1 < 2?", "1 < 2 & 2 > 1.", '"<b>"')
    html = still.html("a.webp")
    assert "1 &lt; 2 &amp; 2 &gt; 1." in html and "&quot;&lt;b&gt;&quot;" in html
