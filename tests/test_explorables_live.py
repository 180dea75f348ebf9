"""In a real JupyterLab the picture and the Python object are one thing."""

import ast
from collections.abc import Iterator

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, expect

from tests.explorable_page import explorable_class, explorables
from tests.lab import LabNotebook, running_lab

NAMES = explorables()
# What a trait holds, without what belongs to the front end alone.
TRAITS = """{
    k: getattr(%s, k) for k in %s.trait_names(sync=True)
    if not k.startswith("_") and k not in ("layout", "tabbable", "tooltip")
}"""
COMPOSED = """\
import ipywidgets
rate = ipywidgets.FloatSlider(value=0.01, min=0.001, max=0.2, step=0.001)
composed = TrainingStep()
ipywidgets.link((rate, "value"), (composed, "learning_rate"))
seen = []
composed.observe(lambda change: seen.append(change["new"]), names="stage")
ipywidgets.VBox([rate, composed])
"""


@pytest.fixture(scope="module")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabNotebook]:
    """A notebook that shows every explorable, run in JupyterLab."""
    folder = tmp_path_factory.mktemp("explorables")
    cells = []
    for name in NAMES:
        cls = explorable_class(name).__name__
        source = f"from course_utils.explorables.{name} import {cls}\n{name} = {cls}()\n{name}"
        cells.append(new_code_cell(source))
    cells.append(new_code_cell(COMPOSED))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "p.ipynb")
    with (
        running_lab(folder, tmp_path_factory.mktemp("lab"), browser) as lab,
        lab.notebook("p.ipynb") as opened,
    ):
        opened.run_all()
        opened.page.wait_for_function(
            f"document.querySelectorAll('[data-explorable]').length === {len(NAMES) + 1}"
        )
        yield opened


def root(notebook: LabNotebook, name: str) -> Locator:
    return notebook.page.locator(f"[data-explorable={name}]").first


def move(control: Locator) -> None:
    """Move a slider by a step, or choose the next of a few options, by keyboard."""
    at_end = control.evaluate("n => n.type === 'range' && n.value === n.max")
    control.focus()
    control.press("ArrowLeft" if at_end else "ArrowRight")


@pytest.mark.parametrize("name", NAMES)
def test_a_control_moves_python_and_python_moves_it_back(name: str, notebook: LabNotebook) -> None:
    el = root(notebook, name)
    traits = TRAITS % (name, name)
    notebook.kernel_eval(f"before = {traits}")
    words = el.locator(".status").inner_text()
    control = el.locator("input[type=range], input[type=radio]:checked").first
    looks = control.evaluate("n => n.value")
    move(control)
    notebook.wait_for(f"{traits} != before", "True")
    notebook.kernel_eval(
        f"with {name}.hold_sync():\n    for k, v in before.items(): setattr({name}, k, v)"
    )
    expect(el.locator(".status")).to_have_text(words)
    assert (
        el.locator("input[type=range], input[type=radio]:checked").first.evaluate("n => n.value")
        == looks
    )


def test_presses_train_the_python_object(notebook: LabNotebook) -> None:
    el = root(notebook, "training_step")
    notebook.kernel_eval("training_step.reset(); training_step.learning_rate = 0.01")
    for _ in range(4):
        el.locator("button.primary").click()
    notebook.wait_for("training_step.prediction, training_step.loss", "(2.8, 51.84)")
    notebook.kernel_eval("training_step.step()")
    prediction = ast.literal_eval(notebook.kernel_eval("training_step.prediction"))
    expect(el.locator(".status")).to_contain_text(f"the prediction is now {prediction}")


def test_they_compose_with_stock_widgets(notebook: LabNotebook) -> None:
    el = notebook.page.locator(".widget-vbox [data-explorable=training_step]")
    expect(el).to_have_count(1)
    notebook.kernel_eval("rate.value = 0.05")
    expect(el.locator(".slider label")).to_contain_text("0.05")
    move(el.locator("input[type=range]"))
    notebook.wait_for("rate.value == composed.learning_rate != 0.05", "True")
    el.locator("button.primary").click()
    notebook.wait_for("seen", "['forward']")
