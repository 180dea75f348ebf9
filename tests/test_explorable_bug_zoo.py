"""The bug zoo: every specimen has its symptoms, and naming one is judged and explained."""

import numpy as np
import pytest
from playwright.sync_api import Browser

from course_utils.bugs import BUGS, HEALTHY_REGRESSION, Lines, symptoms
from course_utils.explorables.bug_zoo import CAGES, LETTERS, BugZoo
from tests.explorable_page import Visit, shown

EXPERIMENTS = [
    (n, phi, w) for n in (8, 1) for phi in ("tanh", "relu") for w in ("different", "equal")
]


def failed(found: dict, at: int = 0) -> set[str]:
    """The parameters that fail the check before training (0) or after 20 steps (1)."""
    return {name for name, _, _, error, _ in found["checks"][at] if error is None or error > 1e-4}


def press(visit: Visit, name: str) -> None:
    visit.el.get_by_role("button", name=name, exact=True).click()


# --- the symptoms are those that the zoo describes -------------------------------------------

BELOW = {"W1", "b1", "W2", "b2"}
ALL = BELOW | {"W3", "b3"}


@pytest.mark.parametrize("setting", EXPERIMENTS, ids=str)
def test_the_right_pass_shows_nothing(setting: tuple) -> None:
    found = symptoms("healthy", *setting)
    assert failed(found, 0) == failed(found, 1) == set()
    assert found["losses"] == found["healthy"] and found["losses"][-1] < found["losses"][0]


@pytest.mark.parametrize("phi", ["tanh", "relu"])
@pytest.mark.parametrize("widths", ["different", "equal"])
def test_each_bug_shows_its_symptoms(phi: str, widths: str) -> None:
    see = {bug: symptoms(bug, 8, phi, widths) for bug in BUGS}
    for bug, ratio in {"sign": -1, "sum": 8}.items():
        np.testing.assert_allclose([row[4] for row in see[bug]["checks"][0]], ratio, rtol=1e-4)
    assert see["sign"]["losses"][1] > see["sign"]["losses"][0]
    if widths == "different":
        assert (
            see["transpose"]["raised"].startswith("ValueError") and not see["transpose"]["checks"]
        )
    else:
        assert failed(see["transpose"]) == BELOW
    assert failed(see["overwrite"]) == ALL
    assert all(row[4] is None for row in see["overwrite"]["checks"][0])
    assert failed(see["slope_of_a"]) == (BELOW if phi == "tanh" else set())
    assert failed(see["no_slope"]) == BELOW
    assert (failed(see["stale"], 0), failed(see["stale"], 1)) == (set(), ALL)
    assert (
        failed(see["bias_rows"], 0) == {"b1", "b2", "b3"} and failed(see["bias_rows"], 1) == set()
    )
    assert see["bias_rows"]["checks"][1][1][1][0] == 8  # b1 has a row for each sample by now
    for bug in ("double_softmax", "broadcast"):
        assert failed(see[bug], 0) == failed(see[bug], 1) == set()
    assert min(see["double_softmax"]["losses"]) > -np.log(np.e / (np.e + 2))
    assert see["broadcast"]["error"] == [8, 8]
    assert min(see["broadcast"]["losses"]) > 0.36 > 2 * see["broadcast"]["healthy"][-1]


@pytest.mark.parametrize("bug", ["sum", "overwrite", "broadcast"])
def test_some_bugs_hide_behind_a_single_sample(bug: str) -> None:
    found = symptoms(bug, samples=1)
    np.testing.assert_allclose(found["losses"], found["healthy"], rtol=1e-12)
    assert failed(found) == set()


def test_every_bug_is_one_line_away() -> None:
    for bug in BUGS.values():
        right = HEALTHY_REGRESSION if bug.regression else Lines()
        differ = {n for n in Lines._fields if getattr(bug.lines, n) is not getattr(right, n)}
        assert len(differ) == {
            "healthy": 0,
            "overwrite": 2,
            "double_softmax": 2,
            "broadcast": 2,
        }.get(bug.key, 1)
        assert (bug.right == bug.broken) == (bug.key == "healthy")
    assert len({bug.why for bug in BUGS.values()}) == len(BUGS)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="bug is 'no', but one of healthy"):
        symptoms("no")
    with pytest.raises(ValueError, match="widths is 'odd'"):
        symptoms("sign", widths="odd")


# --- Python ----------------------------------------------------------------------------------


def test_all_bugs_stand_in_the_cages_once() -> None:
    assert sorted(CAGES) == sorted(BUGS) and len(LETTERS) == len(CAGES)


def test_naming_is_judged_and_can_be_forgotten() -> None:
    zoo = BugZoo(specimen="C")
    assert not zoo.name_bug("sign") and zoo.named == []
    assert zoo.name_bug("transpose") and zoo.named == ["C"]
    zoo.reset()
    assert zoo.answers == {} and zoo.specimen == "A"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"answers": {"Z": "sign"}}, ValueError, "no specimen 'Z'"),
        ({"answers": {"A": "flea"}}, ValueError, "no bug 'flea'; known: healthy"),
        ({"specimen": "L"}, TypeError, "'A'"),
        ({"samples": 8}, TypeError, "'8'"),
    ],
)
def test_bad_values_are_named(change: dict, error: type[Exception], words: str) -> None:
    zoo = BugZoo()
    with pytest.raises(error, match=words):
        for name, value in change.items():
            setattr(zoo, name, value)


# --- the page --------------------------------------------------------------------------------


def test_every_specimen_can_be_named(browser: Browser) -> None:
    with shown(browser, BugZoo()) as visit:
        for letter, key in zip(LETTERS, CAGES, strict=True):
            visit.el.get_by_role("radio", name=letter, exact=True).check(force=True)
            press(visit, BUGS[key].name)
            verdict = visit.el.locator(".verdict").inner_text()
            assert verdict.startswith(f"Yes: {BUGS[key].name}.")
            assert BUGS[key].broken.split("#")[0].strip() in verdict
        assert "Named so far: 11 of 11" in visit.status
        assert visit.el.locator("label.solved").count() == 11
        assert "(done)" in visit.el.locator(".challenges li").nth(2).inner_text()
        press(visit, "Start over")
        assert visit.get("answers") == {} and visit.get("specimen") == "A"


def test_a_wrong_answer_is_told_what_would_be_seen(browser: Browser) -> None:
    with shown(browser, BugZoo(specimen="B")) as visit:
        press(visit, "the sign is wrong")
        verdict = visit.el.locator(".verdict").inner_text()
        assert verdict.startswith("Not that one.") and BUGS["sign"].signature in verdict
        assert "is not it" in visit.status
        press(visit, "Forget this answer")
        assert visit.get("answers") == {} and "Change the experiment" in visit.el.inner_text()


def test_experiments_change_what_is_seen(browser: Browser) -> None:
    with shown(browser, BugZoo(specimen="B")) as visit:
        assert "8 ×" in visit.el.locator(".check").inner_text()
        visit.el.get_by_role("radio", name="1", exact=True).check(force=True)
        assert "✗" not in visit.el.locator(".check").inner_text()
        assert "(done)" in visit.el.locator(".challenges li").nth(1).inner_text()
        visit.set(specimen="H", samples="8")
        assert "passes everywhere" in visit.status
        visit.el.get_by_role("radio", name="step 20").check(force=True)
        assert "fails in W1, b1, W2, b2, W3, b3" in visit.status
        visit.set(specimen="C")
        assert "error of shapes" in visit.status


def test_controls_stay_where_they_are(browser: Browser) -> None:
    with shown(browser, BugZoo(), width=390) as visit:
        places = set()
        for letter, key in zip(LETTERS, CAGES, strict=True):
            visit.set(specimen=letter, answers={letter: key})
            button = visit.el.get_by_role("button", name="Start over")
            places.add(button.evaluate("node => node.getBoundingClientRect().top"))
        assert len(places) == 1
