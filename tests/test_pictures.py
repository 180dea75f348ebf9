"""Figures on the site: the smallest form, sharp and unchanged, with its size."""

import base64
import gzip
import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course_utils import plots
from tools.sphinx_ext import pictures
from tools.sphinx_ext.pictures import PNG, SVG


def drawn(points: int) -> dict[str, str]:
    """The outputs of a cell that draws so many points, joined by a line where they are few."""
    rng = np.random.default_rng(0)
    fig, ax = plots.figure()
    ax.set(xlabel="a label with words", ylabel=r"$\eta$ and more")
    ax.plot(*rng.normal(size=(2, points)), "-o" if points < 10 else "o")
    svg, png = io.StringIO(), io.BytesIO()
    fig.savefig(svg, format="svg")
    fig.savefig(png, format="png")
    plt.close(fig)
    return {SVG: svg.getvalue(), PNG: base64.b64encode(png.getvalue()).decode()}


def kept(data: dict[str, str]) -> dict[str, str]:
    """What stays of the outputs."""
    data = dict(data)
    pictures.keep_smallest({"cells": [{}, {"outputs": [{}, {"data": data}]}]})
    return data


def test_of_a_line_drawing_the_svg_stays_and_of_a_cloud_the_picture() -> None:
    for points, kind in ((5, SVG), (3000, PNG)):
        data = drawn(points)
        (left,) = kept(data)
        sizes = {
            SVG: len(gzip.compress(pictures.small_svg(data[SVG]).encode(), 6)),
            PNG: len(pictures.small_webp(base64.b64decode(data[PNG]))),
        }
        assert left == kind == min(sizes, key=lambda name: sizes[name])


def test_other_outputs_and_figures_in_one_form_stay() -> None:
    assert kept({"text/plain": "1"}) == {"text/plain": "1"}
    png = {PNG: drawn(5)[PNG]}
    assert kept(png) == png


def test_a_small_drawing_looks_like_the_large_one(browser) -> None:  # type: ignore[no-untyped-def]
    large = drawn(5)[SVG]
    small = pictures.small_svg(large)
    assert len(small) < 0.9 * len(large)
    assert not re.search(r"[1-9]\.\d{3}|<!--|<metadata", small)
    page = browser.new_page()
    shots = []
    for drawing in (large, small):
        page.set_content(drawing[drawing.index("<svg") :])
        shots.append(np.array(Image.open(io.BytesIO(page.screenshot())).convert("L"), dtype=float))
    page.close()
    drawn_on = shots[0] < 200
    differs = np.abs(shots[0] - shots[1]) > 64
    assert drawn_on.sum() > 1000 and differs.sum() < 0.01 * drawn_on.sum()


def test_a_small_picture_keeps_its_colours() -> None:
    png = base64.b64decode(drawn(3000)[PNG])
    before = np.array(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)
    after = np.array(Image.open(io.BytesIO(pictures.small_webp(png))).convert("RGB"), dtype=float)
    assert before.shape == after.shape
    assert np.abs(before - after).mean() < 2


def test_pictures_get_their_size_and_wait(tmp_path: Path) -> None:
    drawing, photo = tmp_path / "a.svg", tmp_path / "b.webp"
    drawing.write_text('<svg width="504pt" height="252pt"><rect width="1pt"/></svg>')
    Image.new("RGB", (30, 20)).save(photo)
    files = {"a.svg": drawing, "b.webp": photo}
    html = pictures.ready('<p><img alt="A" src="_images/a.svg" /><img src="x/b.webp" />', files)
    lazy = 'loading="lazy" decoding="async"'
    assert f'<img {lazy} width="770" height="385" alt="A" src="_images/a.svg" />' in html
    assert f'<img {lazy} width="30" height="20" src="x/b.webp" />' in html


@pytest.mark.parametrize("given", ['width="9"', 'height="9"', 'loading="eager" width="1"'])
def test_what_is_said_already_stays(given: str, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "b.png")
    html = pictures.ready(f'<img src="b.png" {given}>', {"b.png": tmp_path / "b.png"})
    assert given in html and html.count("width=") <= 1 and html.count("loading=") == 1


def test_every_figure_of_the_site_has_a_size(site: Path) -> None:
    tags = [
        tag for page in site.glob("0*.html") for tag in re.findall(r"<img [^>]*>", page.read_text())
    ]
    assert len(tags) > 15
    for tag in tags:
        assert re.search(r'width="\d+" height="\d+"', tag) and 'loading="lazy"' in tag, tag


def test_no_picture_is_sent_in_a_larger_form_than_it_could_be(site: Path) -> None:
    kinds = {path.suffix for path in (site / "_images").iterdir()}
    assert kinds == {".svg", ".webp"}
