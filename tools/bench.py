"""Measures what the project promises to keep fast and light (`python -m tools bench`).

Speeds are ratios of programs that run turn by turn in one process, the best of several turns each,
so that another load on the machine falls on all of them.
"""

import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.working_copy import copy_project

TURNS = 5
EPOCHS = 20
BATCH = 32
ENGINE_SECONDS = 1.5


def main(arguments: Sequence[str]) -> int:
    """Print the parts named in `arguments` (say network), or all of them."""
    from tools.bench_answers import answers

    parts: dict[str, Callable[[], None]] = {
        "network": network,
        "engine": engine,
        "builds": builds,
        "pages": pages,
        "lighthouse": lighthouse,
        "answers": answers,
    }
    unknown = set(arguments) - set(parts)
    if unknown:
        print(f"unknown part {unknown.pop()!r}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    for name in arguments or parts:
        parts[name]()
    return 0


def network() -> None:
    """NumPy network against PyTorch and scikit-learn: the same training on the digits.

    PyTorch runs as it comes, and once more on one thread, which suits so small a network better.
    """
    import numpy as np
    import torch
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    from course_utils.data import digits
    from course_utils.network import MLP
    from course_utils.training import train

    warnings.simplefilter("ignore", ConvergenceWarning)
    X, y = digits()
    X = X.astype(np.float32)  # PyTorch's default
    X_t, y_t = torch.tensor(X), torch.tensor(y)
    steps = EPOCHS * -(-len(X) // BATCH)

    def ours() -> None:
        net = MLP([64, 64, 10], "relu", "cross_entropy", rng=0, dtype=np.float32)
        train(net, X, y, learning_rate=0.1, epochs=EPOCHS, batch_size=BATCH, rng=0, record=False)

    def pytorch() -> None:
        layers = torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
        model = torch.nn.Sequential(*layers)
        loss = torch.nn.CrossEntropyLoss()
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(X_t)).split(BATCH):
                optimiser.zero_grad()
                loss(model(X_t[batch]), y_t[batch]).backward()
                optimiser.step()

    def pytorch_on_one_thread() -> None:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        pytorch()
        torch.set_num_threads(threads)

    def scikit_learn() -> None:
        MLPClassifier(
            (64,),
            solver="sgd",
            momentum=0,
            alpha=0,
            learning_rate_init=0.1,
            batch_size=BATCH,
            max_iter=EPOCHS,
            n_iter_no_change=EPOCHS,
            random_state=0,
        ).fit(X, y)

    others = {
        "PyTorch": pytorch,
        "PyTorch, one thread": pytorch_on_one_thread,
        "scikit-learn": scikit_learn,
    }
    best = _best_of_turns(ours, *others.values())
    print("Training on the digits, 64-64-10 ReLU, batch 32, plain SGD, float32:")
    print(f"  NumPy network        {best[ours] / steps * 1e6:6.0f} µs a step")
    for name, program in others.items():
        ratio = best[program] / best[ours]
        print(f"  {name:20s} {best[program] / steps * 1e6:6.0f} µs: {ratio:.1f} × ours")


def _best_of_turns(*programs: Callable[[], None]) -> dict[Callable[[], None], float]:
    best = dict.fromkeys(programs, float("inf"))
    for _ in range(TURNS):
        for program in programs:
            start = time.perf_counter()
            program()
            best[program] = min(best[program], time.perf_counter() - start)
    return best


ENGINE = """
    const { X, y } = data;
    const results = {};
    for (const widths of data.shapes) {
        const net = new m.Network(widths, "tanh", "binary_cross_entropy", 0);
        const options = { learningRate: 0.1, batchSize: 10, seed: 0 };
        const points = Float64Array.from(X.flat());
        const trainer = new m.Trainer(net, points, Float64Array.from(y), options);
        for (let i = 0; i < 100; i++) trainer.epoch();
        const start = performance.now();
        let epochs = 0;
        while (performance.now() - start < 1000 * data.seconds) { trainer.epoch(); epochs++; }
        results[widths.join("-")] = (1000 * epochs) / (performance.now() - start);
    }
    return results;
"""


def engine() -> None:
    """Epochs a second of the JavaScript engine."""
    from course_utils.data import circles
    from tests.engine import run_module

    X, y = circles(250)
    shapes = [[2, 4, 2, 1], [2, 8, 8, 8, 1]]
    data = {"X": X.tolist(), "y": y.tolist(), "shapes": shapes, "seconds": ENGINE_SECONDS}
    print("JavaScript engine, tanh, 250 points, batch 10:")
    for shape, speed in run_module(ENGINE, data).items():
        print(f"  {shape:10s} {speed:6.0f} epochs a second")


def builds() -> None:
    """Seconds to build the site: from nothing, unchanged, and with one notebook edited."""
    print("Building the site:")
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_project(Path(folder) / "course")
        print(f"  from nothing          {_build_time(copy):6.1f} s")
        print(f"  unchanged             {_build_time(copy):6.1f} s")
        notebook = copy / "book" / "07_worked_example.ipynb"
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cell = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
        cell["source"] += ["\n# an edit"] if isinstance(cell["source"], list) else "\n# an edit"
        notebook.write_text(json.dumps(content), encoding="utf-8")
        print(f"  one notebook edited   {_build_time(copy):6.1f} s")


def _build_time(tree: Path) -> float:
    start = time.perf_counter()
    program = "import sys; from tools import site; sys.exit(site.main(['book']))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tree, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - start


def pages() -> None:
    """Bytes (compressed as a static host does) and requests of each page on a first visit."""
    from tests.visits import Visitor
    from tools import site
    from tools.browser import launched

    built = site.build()
    print("Pages on a first visit, scrolled to the end:")
    with launched() as browser, site.serving(built) as address:
        visitor = Visitor(browser, address)
        for page in sorted(built.glob("*.html")):
            with visitor.open(page.stem) as visit:
                visit.scroll_through()
                sizes = f"{visit.weight / 1000:6.0f} kB  {len(visit.bodies):3d} requests"
                elsewhere = f", {len(visit.other_hosts)} to other hosts"
                print(f"  {page.stem:32s} {sizes}{elsewhere if visit.other_hosts else ''}")


def lighthouse() -> None:
    """Scores of each page as Lighthouse sees it on a phone; the best of up to three audits."""
    from tools import lighthouse, site

    built = site.build()
    print("Lighthouse (phone): performance, accessibility, best practices, SEO:")
    pages = [page.stem for page in sorted(built.glob("*.html")) if page.stem != "index"]
    for found in lighthouse.audit(built, pages):
        scores = " ".join(f"{score:4d}" for score in found.scores)
        times = f"painted after {found.paint:.1f} s, blocked {found.blocked:.0f} ms"
        missed = "  MISSED " + ", ".join(found.failed) if found.misses else ""
        print(f"  {found.page:32s} {scores}   {times}{missed}", flush=True)
