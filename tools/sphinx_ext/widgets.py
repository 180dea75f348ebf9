"""Prepares an executed notebook's widgets for a page without a kernel.

A notebook stores every widget with its front-end source and style sheet. On the site an explorable
runs from a module that all pages share, so both are cut out of the state; and whatever would sit
there dead, because only a kernel could answer it, is reported.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
HIDDEN = {"remove-cell", "remove-output", "remove-outputs"}
# What an explorable doesn't read: its source, and the base classes' bookkeeping.
CUT = {"_esm", "_css", "_anywidget_id", "_dom_classes", "layout", "tabbable", "tooltip"}


def explorable_models(notebook: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The widget models of a notebook that have a static front end, by model id."""
    models = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    return {key: model for key, model in models.items() if "_explorable" in model["state"]}


def shown_views(notebook: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each widget view that the page would show: number of its code cell from 1, and its output."""
    code_cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code_cells, start=1):
        if HIDDEN & set(cell["metadata"].get("tags", [])):
            continue
        for output in cell["outputs"]:
            if VIEW in output.get("data", {}):
                yield number, output


def prepare(notebook: dict[str, Any], front_ends: Path) -> list[str]:
    """Trim the widget state of `notebook` in place; return what is wrong, in words.

    Args:
        notebook: an executed notebook, as JSON gives it.
        front_ends: the folder that holds the explorables' front-end files.
    """
    problems = []
    explorables = explorable_models(notebook)
    for number, output in shown_views(notebook):
        model_id = output["data"][VIEW]["model_id"]
        if model_id not in explorables:
            name = _name(notebook, model_id)
            problems.append(
                f"code cell {number} shows the widget {name}, which would be dead on the site: "
                "show an explorable, or tag the cell remove-output"
            )
            del output["data"][VIEW]
            continue
        front_end = explorables[model_id]["state"]["_explorable"]
        if not (front_ends / f"{front_end}.js").is_file():
            problems.append(f"code cell {number}: there is no front end {front_end}.js")
    widgets = notebook["metadata"].pop("widgets", {}).get(STATE)
    if explorables:
        models = {key: trimmed(model) for key, model in explorables.items()}
        notebook["metadata"]["widgets"] = {STATE: {**widgets, "state": models}}
    return problems


def _name(notebook: dict[str, Any], model_id: str) -> str:
    models = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    return models.get(model_id, {}).get("model_name", "of unknown kind").removesuffix("Model")


def trimmed(model: dict[str, Any]) -> dict[str, Any]:
    """A widget's model without what no explorable reads on the site."""
    state = {
        key: value
        for key, value in model["state"].items()
        if key not in CUT and not key.startswith(("_model_", "_view_"))
    }
    return {**model, "state": state}
