"""An explorable's class and its front end speak of the same traits.

The tests in a browser notice a renamed trait where its value shows; here each name is held against
the other side, so that the message names the trait.
"""

import re

import anywidget
import pytest

from course_utils.explorables.base import HERE, bundle
from tests.explorable_page import explorable_class, explorables

READ = re.compile(r'\bmodel\.get\(\s*"(\w+)"')
WRITTEN = re.compile(r'\bmodel\.set\(\s*"(\w+)"')
WATCHED = re.compile(r'\bmodel\.on\(\s*"change:(\w+)"')
WATCHED_TOGETHER = re.compile(r"\b(?:watch|follow)\(model, \[([^\]]*)\]")
EVERY_WIDGETS = set(anywidget.AnyWidget().trait_names(sync=True)) | {"_css", "_esm", "_explorable"}
NAMES = explorables()


def traits(name: str) -> set[str]:
    """The traits of an explorable that travel to the page, without those that every widget has."""
    return set(explorable_class(name)().trait_names(sync=True)) - EVERY_WIDGETS


def named_in(source: str) -> set[str]:
    """The traits that a front end reads, writes or watches by name."""
    names = {name for found in (READ, WRITTEN, WATCHED) for name in found.findall(source)}
    for words in WATCHED_TOGETHER.findall(source):
        names |= set(re.findall(r'"(\w+)"', words))
    return names


@pytest.mark.parametrize("name", NAMES)
def test_the_front_end_names_no_trait_that_there_is_not(name: str) -> None:
    unknown = named_in((HERE / f"{name}.js").read_text(encoding="utf-8")) - traits(name)
    assert not unknown, f"{name}.js names traits that the class in {name}.py does not have"


@pytest.mark.parametrize("name", NAMES)
def test_every_trait_is_used_by_the_front_end(name: str) -> None:
    words = set(re.findall(r"\w+", bundle(HERE / f"{name}.js")))
    unused = traits(name) - words
    assert not unused, f"{name}.py sends traits that {name}.js never names"


def test_names_are_found_in_every_way_of_writing() -> None:
    source = """
        model.get("a"); model.set("b", 1); model.on("change:c", draw);
        watch(model, ["d", "e"], draw); follow(model, ["f"], draw);
    """
    assert named_in(source) == set("abcdef")
