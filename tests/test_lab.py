"""The JupyterLab of the tests is a real one: page and kernel see each other's changes."""

from collections.abc import Iterator

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, expect

from tests.lab import Lab, running_lab

PATIENCE = 30_000  # ms: other tests may keep the machine busy
PROBE = '''\
import anywidget, traitlets

class Probe(anywidget.AnyWidget):
    """A slider made with anywidget."""
    _esm = """
    export default {
      render({ model, el }) {
        const slider = document.createElement("input");
        Object.assign(slider, { type: "range", min: 0, max: 10, className: "probe" });
        slider.dataset.lmSuppressShortcuts = "true";  // else arrow keys are JupyterLab's
        const show = () => { slider.value = model.get("value"); };
        slider.addEventListener("input", () => {
          model.set("value", Number(slider.value));
          model.save_changes();
        });
        model.on("change:value", show);
        show();
        el.append(slider);
      }
    };
    """
    value = traitlets.Int(3).tag(sync=True)

probe = Probe()
probe
'''
LINKED = """\
import ipywidgets
stock = ipywidgets.IntSlider(max=10)
ipywidgets.link((probe, "value"), (stock, "value"))
stock
"""


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("probe")
    cells = [new_code_cell(PROBE), new_code_cell(LINKED)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "p.ipynb")
    with running_lab(folder, tmp_path_factory.mktemp("lab"), browser) as running:
        yield running


def test_page_and_kernel_share_a_widget(lab: Lab) -> None:
    with lab.notebook("p.ipynb") as notebook:
        notebook.run_all()
        slider = notebook.page.locator("input.probe")
        expect(slider).to_have_value("3", timeout=PATIENCE)
        slider.press("ArrowRight")
        notebook.wait_for("probe.value, stock.value", "(4, 4)")
        assert notebook.kernel_eval("probe.value = 8") == ""
        expect(slider).to_have_value("8", timeout=PATIENCE)
        readout = notebook.page.locator(".widget-readout")
        expect(readout).to_have_text("8", timeout=PATIENCE)


def test_error_in_the_kernel_is_raised(lab: Lab) -> None:
    with lab.notebook("p.ipynb") as notebook:
        assert notebook.kernel_eval("print(1)\n1 + 1") == "1\n2"
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            notebook.kernel_eval("1 / 0")
