"""The faults that `make faults` plants: what is wrong, where, and which check must notice it.

A new check deserves its fault here. Where a fault would be caught by many, the one named is the
check that was written for it. Texts stand in their files exactly once (`tests/test_faults.py`).
"""

from tools.faults import Fault

SRC = "src/course_utils"
EXPLORABLES = f"{SRC}/explorables"
ENGINE = f"{EXPLORABLES}/shared/engine.js"
NETWORK_TESTS = "tests/test_network.py"
ENGINE_TESTS = "tests/test_engine.py"
DERIVATIVES = f"{NETWORK_TESTS}::test_derivatives_are_those_of_the_functions"
TORCH = f"{NETWORK_TESTS}::test_everything_agrees_with_pytorch"
DIFFERENCES = f"{NETWORK_TESTS}::test_gradients_agree_with_central_differences"
THE_STEP = f"{NETWORK_TESTS}::test_the_posts_step"
ENGINE_PASS = f"{ENGINE_TESTS}::test_forward_loss_and_gradients_are_numpys"
ENGINE_RUN = f"{ENGINE_TESTS}::test_an_sgd_run_ends_where_numpys_does"
DIRECTIONS = "tests/test_dependencies.py"

NUMPY_NETWORK = [
    Fault(
        "the sign of the update",
        f"{SRC}/training.py",
        "self.net.W[l] -= self.learning_rate * v.W[l]",
        "self.net.W[l] += self.learning_rate * v.W[l]",
        THE_STEP,
    ),
    Fault(
        "the sign of δ at the output",
        f"{SRC}/losses.py",
        "lambda y_hat, y: 2 * (y_hat - y) / len(y),",
        "lambda y_hat, y: 2 * (y - y_hat) / len(y),",
        TORCH,
    ),
    Fault(
        "a base case without its factor 2",
        f"{SRC}/losses.py",
        "lambda y_hat, y: 2 * (y_hat - y) / len(y),",
        "lambda y_hat, y: (y_hat - y) / len(y),",
        DIFFERENCES,
    ),
    Fault(
        "the transpose in the gradient of W",
        f"{SRC}/network.py",
        "W={l: delta.T @ self.a[l - 1] for",
        "W={l: (self.a[l - 1].T @ delta) for",
        DIFFERENCES,
    ),
    Fault(
        "W transposed on the way back (square layers would hide it)",
        f"{SRC}/network.py",
        "(self.delta[l + 1] @ self.W[l + 1])",
        "(self.delta[l + 1] @ self.W[l + 1].T.reshape(self.W[l + 1].shape))",
        TORCH,
    ),
    Fault(
        "the mean over the samples missing in a loss",
        f"{SRC}/losses.py",
        "np.square(z - y).sum() / len(z)",
        "np.square(z - y).sum()",
        TORCH,
    ),
    Fault(
        "the mean over the samples missing in a δ",
        f"{SRC}/losses.py",
        "    return delta / len(p)\n",
        "    return delta\n",
        DIFFERENCES,
    ),
    Fault(
        "a bias gradient averaged, not summed",
        f"{SRC}/network.py",
        "delta.sum(axis=0) for l",
        "delta.mean(axis=0) for l",
        TORCH,
    ),
    Fault(
        "the derivative of tanh",
        f"{SRC}/activations.py",
        "lambda z: 1 - np.tanh(z) ** 2)",
        "lambda z: 1 - np.tanh(z))",
        f"{DERIVATIVES}[tanh]",
    ),
    Fault(
        "the derivative of the sigmoid",
        f"{SRC}/activations.py",
        "lambda z: sigmoid(z) * (1 - sigmoid(z))),",
        "lambda z: z * (1 - z)),",
        f"{DERIVATIVES}[sigmoid]",
    ),
    Fault(
        "the derivative of GELU without its second term",
        f"{SRC}/activations.py",
        "/ 2 + z * density).astype",
        "/ 2 + 0 * density).astype",
        f"{DERIVATIVES}[gelu]",
    ),
    Fault(
        "the derivative of leaky ReLU on its flat side",
        f"{SRC}/activations.py",
        "lambda z: np.where(z > 0, z.dtype.type(1), z.dtype.type(0.01)),",
        "lambda z: np.where(z > 0, z.dtype.type(1), z.dtype.type(0)),",
        f"{DERIVATIVES}[leaky_relu]",
    ),
    Fault(
        "the derivative of ReLU at zero",
        f"{SRC}/activations.py",
        "lambda z: np.maximum(z, 0), lambda z: (z > 0)",
        "lambda z: np.maximum(z, 0), lambda z: (z >= 0)",
        f"{NETWORK_TESTS}::test_the_derivative_of_relu_at_zero_is_zero",
    ),
    Fault(
        "φ′ of the wrong layer: of z one layer further",
        f"{SRC}/network.py",
        "self.phi.derivative(self.z[l])",
        "self.phi.derivative(self.a[l])",
        DIFFERENCES,
    ),
    Fault(
        "a label off by one",
        f"{SRC}/losses.py",
        "delta[np.arange(len(p)), y] -= 1",
        "delta[np.arange(len(p)), y - 1] -= 1",
        TORCH,
    ),
    Fault(
        "a label one too large let through",
        f"{SRC}/_checks.py",
        "y.max() >= classes:",
        "y.max() > classes:",
        f"{NETWORK_TESTS}::test_bad_targets_are_named",
    ),
    Fault(
        "a stale δ: that of the pass before",
        f"{SRC}/network.py",
        "self.delta[self.last] = self.loss_function.delta(self.a[self.last], y)",
        "self.delta.setdefault(self.last, self.loss_function.delta(self.a[self.last], y))",
        "tests/test_network_properties.py::test_passes_leave_no_trace_in_later_ones",
    ),
    Fault(
        "an update before all gradients are taken",
        f"{SRC}/network.py",
        "            self.delta[l] = (",
        "            self.W[l + 1] -= 0.01 * self.delta[l + 1].T @ self.a[l]\n"
        "            self.delta[l] = (",
        "tests/test_network_properties.py::test_backward_leaves_parameters_and_inputs_alone",
    ),
    Fault(
        "X and y shuffled apart",
        f"{SRC}/training.py",
        "optimiser.step(net._backward(y[batch]))",
        "optimiser.step(net._backward(y[batch][::-1]))",
        "tests/test_network_properties.py::test_samples_keep_their_targets_when_shuffled",
    ),
    Fault(
        "momentum that forgets",
        f"{SRC}/training.py",
        "            self.velocity = Gradients(\n                W={l: mu * v.W[l] + g.W[l]",
        "            self.velocity = Gradients(\n                W={l: (1 - mu) * v.W[l] + g.W[l]",
        f"{NETWORK_TESTS}::test_the_optimiser_moves_as_pytorchs_does",
    ),
    Fault(
        "a softmax that overflows",
        f"{SRC}/activations.py",
        "e = np.exp(z - z.max(axis=-1, keepdims=True))",
        "e = np.exp(z)",
        f"{NETWORK_TESTS}::test_nothing_overflows_for_huge_logits",
    ),
    Fault(
        "agree passes what broadcasts",
        f"{SRC}/verify.py",
        "    if ours.shape != theirs.shape:\n",
        "    if ours.ndim > 9:\n",
        "tests/test_verify.py::test_shapes_that_broadcast_disagree",
    ),
    Fault(
        "a number of the four students",
        f"{SRC}/data.py",
        "y = np.array([[6.0], [10.0], [8.0], [18.0]])",
        "y = np.array([[6.0], [10.0], [8.0], [16.0]])",
        "tests/test_package.py::test_the_four_students_are_the_posts",
    ),
]

JAVASCRIPT = [
    Fault(
        "the sign of the update in the engine",
        ENGINE,
        "this.W[l][i] -= learningRate * this.dW[l][i];",
        "this.W[l][i] += learningRate * this.dW[l][i];",
        ENGINE_RUN,
    ),
    Fault(
        "the transpose in the engine",
        ENGINE,
        "sum += W[j * columns + i] * A[s * columns + i];",
        "sum += W[i * rows + j] * A[s * columns + i];",
        ENGINE_PASS,
    ),
    Fault(
        "the mean missing in the engine",
        ENGINE,
        "into[i] = yHat[i] / n;",
        "into[i] = yHat[i];",
        ENGINE_PASS,
    ),
    Fault(
        "the derivative of tanh in the engine",
        ENGINE,
        "derivative: (z) => 1 - Math.tanh(z) ** 2 }",
        "derivative: (z) => 1 - Math.tanh(z) }",
        ENGINE_PASS,
    ),
    Fault(
        "the derivative of GELU in the engine",
        ENGINE,
        "(z * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI)",
        "(z * Math.exp((-z * z) / 2)) / Math.sqrt(Math.PI)",
        ENGINE_PASS,
    ),
    Fault(
        "a label off by one in the engine",
        ENGINE,
        "into[row * k + y[row]] -= 1 / n;",
        "into[row * k + y[row] + 1] -= 1 / n;",
        ENGINE_PASS,
    ),
    Fault(
        "a gradient that keeps the last step's, in the engine",
        ENGINE,
        "  db.fill(0);\n",
        "",
        ENGINE_RUN,
    ),
    Fault(
        "an update before all gradients are taken, in the engine",
        ENGINE,
        "      if (l > 1) {\n        const { derivative }",
        "      for (let i = 0; i < this.W[l].length; i++) this.W[l][i] -= 0.05 * this.dW[l][i];\n"
        "      if (l > 1) {\n        const { derivative }",
        ENGINE_PASS,
    ),
    Fault(
        "X and y shuffled apart in the engine",
        ENGINE,
        "this.batchY[row * targets + k] = this.y[sample * targets + k];",
        "this.batchY[row * targets + k] = this.y[row * targets + k];",
        ENGINE_RUN,
    ),
    Fault(
        "a trait renamed in Python only",
        f"{EXPLORABLES}/_training.py",
        "_batch_size = traitlets.Int(10).tag(sync=True)",
        "_batch_length = traitlets.Int(10).tag(sync=True)\n    _batch_size = 10",
        "tests/test_explorable_traits.py",
    ),
    Fault(
        "a trait renamed in JavaScript only",
        f"{EXPLORABLES}/first_taste.js",
        'batchSize: model.get("_batch_size"),',
        'batchSize: model.get("_batch_length"),',
        "tests/test_explorable_traits.py",
    ),
    Fault(
        "an import that the bundle can't follow",
        f"{EXPLORABLES}/training_step.js",
        'import { Network, weightsFit } from "./shared/engine.js";',
        'import * as engine from "./shared/engine.js";\nconst { Network, weightsFit } = engine;',
        "tests/test_dependencies.py::test_front_ends_import_as_the_bundle_can_follow",
    ),
    Fault(
        "two top-level names alike in a bundle",
        f"{EXPLORABLES}/first_taste.js",
        "const EXTENT = 1.4;",
        "const sigmoid = 0;\nconst EXTENT = 1.4;",
        "tests/test_explorables.py::test_the_bundle_is_one_module_that_parses[first_taste]",
    ),
    Fault(
        "the engine imports from the page",
        ENGINE,
        "/** A seeded generator",
        'import { num } from "./controls.js";\n/** A seeded generator',
        DIRECTIONS,
    ),
    Fault(
        "a picture without words",
        f"{EXPLORABLES}/first_taste.js",
        'canvas.setAttribute("aria-label", ',
        'canvas.setAttribute("data-label", ',
        "tests/test_explorables.py::test_it_is_accessible_and_fits[first_taste-900-light]",
    ),
    Fault(
        "a colour of its own in a front end",
        f"{EXPLORABLES}/first_taste.js",
        "const GRID = 56;",
        'const GRID = 56;\nconst RED = "#ff0000";',
        "tests/test_explorables.py::test_colours_stand_in_one_table",
    ),
    Fault(
        "a colour that differs in the explorables' style sheet",
        f"{SRC}/palette.py",
        '"class-1": "#b87400",',
        '"class-1": "#b87500",',
        "tests/test_explorables.py::test_colours_stand_in_one_table",
    ),
    Fault(
        "a colour that differs in the pages' style sheet",
        "book/_static/site.css",
        "--muted: light-dark(#5a6068, #a9b1bb);",
        "--muted: light-dark(#5a6069, #a9b1bb);",
        "tests/test_site.py::test_the_pages_have_the_colours_of_the_figures",
    ),
]

NOTEBOOKS = [
    Fault(
        "a sign in a notebook",
        "book/05_backpropagation.ipynb",
        "delta_out = 2 * (z_out - target)  # (3,)",
        "delta_out = 2 * (target - z_out)  # (3,)",
        "book/05_backpropagation.ipynb",
    ),
    Fault(
        "a wrong derivative in a notebook",
        "book/05_backpropagation.ipynb",
        "(W[l + 1].T @ delta[l + 1]) * (1 - a[l] ** 2)  # (2,)",
        "(W[l + 1].T @ delta[l + 1]) * (1 - a[l])  # (2,)",
        "book/05_backpropagation.ipynb",
    ),
    Fault(
        "a transpose in a notebook",
        "book/05_backpropagation.ipynb",
        "dW = {l: np.outer(delta[l], a[l - 1])",
        "dW = {l: np.outer(a[l - 1], delta[l])",
        "book/05_backpropagation.ipynb",
    ),
    Fault(
        "a missing mean in a notebook",
        "book/05_backpropagation.ipynb",
        "return 2 * (Z_out - Y) / len(Y)  # (N, d_last)",
        "return 2 * (Z_out - Y)  # (N, d_last)",
        "book/05_backpropagation.ipynb",
    ),
    Fault(
        "a changed number in a stored output",
        "book/07_worked_example.ipynb",
        "step 3: ŷ 6.268, error",
        "step 3: ŷ 6.286, error",
        "book/07_worked_example.ipynb",
    ),
    Fault(
        "a softmax of the whole batch, seen by a notebook's kernel",
        f"{SRC}/activations.py",
        "return e / e.sum(axis=-1, keepdims=True)",
        "return e / e.sum()",
        "book/01_softmax_regression.ipynb",
    ),
    Fault(
        "a changed number in a notebook's text",
        "book/07_worked_example.ipynb",
        "the loss fell from 100 to 51.84. That is one training step.",
        "the loss fell from 100 to 51.48. That is one training step.",
        "tests/test_prose.py::test_numbers_in_the_text_come_out_of_the_page[07_worked_example]",
    ),
    Fault(
        "a reference to an equation that isn't there",
        "book/07_worked_example.ipynb",
        "A training step is *forward* (7.1), *loss* (7.2)",
        "A training step is *forward* (7.1), *loss* (7.32)",
        "tests/test_prose.py::test_references_to_equations_lead_to_one[07_worked_example]",
    ),
    Fault(
        "an execution count taken away, so that nbval passes the cell over",
        "book/07_worked_example.ipynb",
        '   "execution_count": 5,\n   "id"',
        '   "execution_count": null,\n   "id"',
        "tests/test_notebooks.py::test_book[execution_order-07_worked_example]",
    ),
    Fault(
        "a broken link in a notebook",
        "book/02_perceptron.ipynb",
        "](03_multilayer_perceptron.ipynb)",
        "](03_multi_layer_perceptron.ipynb)",
        "tests/test_pages.py::test_relative_links_lead_somewhere[02_perceptron.ipynb]",
    ),
    Fault(
        "a figure without alternative text",
        "book/07_worked_example.ipynb",
        '"alt": "Prediction for student B over 12 steps at four learning rates.',
        '"alt": "", "was": "Prediction for student B over 12 steps at four learning rates.',
        "tests/test_notebooks.py::test_book[alt_texts-07_worked_example]",
    ),
    Fault(
        "a set-up cell that differs",
        "book/04_forward_propagation.ipynb",
        'find_spec(\\"course_utils\\") is None',
        'find_spec(\\"course_util\\") is None',
        "tests/test_notebooks.py::test_book_generated_cells[04_forward_propagation]",
    ),
    Fault(
        "an exercise's cell edited by hand",
        "book/07_worked_example.ipynb",
        'X: shape (N, 2), a student in each row; w: shape (2,); b: a number.\\n",\n'
        '    "    ŷ has shape (N,).\\n",\n    "    \\"\\"\\"\\n",\n    "    ...',
        'X: shape (N, 3), a student in each row; w: shape (2,); b: a number.\\n",\n'
        '    "    ŷ has shape (N,).\\n",\n    "    \\"\\"\\"\\n",\n    "    ...',
        "tests/test_notebooks.py::test_book_generated_cells[07_worked_example]",
    ),
    Fault(
        "a figure of before in an executed notebook: its key without the package",
        "tools/execution.py",
        "    return sorted(modules | data)",
        "    return []",
        "tests/test_execution.py::test_key_follows_what_the_notebook_imports",
    ),
    Fault(
        "a figure of before on the site: its stamp without the package",
        "tools/site.py",
        'PAGE_FOLDERS = ("book", "src/course_utils")',
        'PAGE_FOLDERS = ("book",)',
        "tests/test_site.py::test_a_change_in_the_package_reaches_the_page",
    ),
]

EXERCISES = [
    Fault(
        "an exercise whose solution is wrong as a known mistake is",
        f"{SRC}/exercises/chapter_7.py",
        "    return X @ w + b\n",
        "    return (X + b) @ w\n",
        "tests/test_exercises.py::test_mistake_differs_from_the_solution",
    ),
    Fault(
        "an exercise whose solution is wrong in a way of its own",
        f"{SRC}/exercises/chapter_7.py",
        "    return X @ w + b\n",
        "    return X @ w + 2 * b\n",
        "tests/test_exercise_solutions.py::test_solution_agrees_with_its_second_source[7.1]",
    ),
    Fault(
        "a checker that accepts everything",
        f"{SRC}/exercises/compare.py",
        "return distance(got, wanted) <= CLOSE",
        "return distance(got, wanted) <= np.inf",
        "tests/test_checker_properties.py::test_any_value_gets_a_verdict_and_is_not_right",
    ),
    Fault(
        "a checker that looks at the first case only",
        f"{SRC}/exercises/diagnosis.py",
        "self.wrong = [k for k in self.given if not all(self.right[k])]",
        "self.wrong = [k for k in self.given if not self.right[k][0]]",
        "tests/test_checker_properties.py::test_one_wrong_number_in_one_case_is_never_right",
    ),
    Fault(
        "a checker that forgives a changed argument",
        f"{SRC}/exercises/attempts.py",
        "        if not _same(before, after)\n",
        "        if False\n",
        "tests/test_exercises.py::test_changing_the_arguments_is_a_named_mistake",
    ),
    Fault(
        "a checker that lets an exception out",
        f"{SRC}/exercises/attempts.py",
        "except BaseException as error:  # a learner",
        "except ArithmeticError as error:  # a learner",
        "tests/test_exercises.py::test_exceptions_are_explained",
    ),
]

PROJECT = [
    Fault(
        "a broken link in a page",
        "book/glossary.md",
        "](notation.md)",
        "](notations.md)",
        "tests/test_pages.py::test_relative_links_lead_somewhere[glossary.md]",
    ),
    Fault(
        "a citation of another year",
        "book/02_perceptron.ipynb",
        "We saw them end once. [Novikoff (1962)](references.md#novikoff1962)",
        "We saw them end once. [Novikoff (1963)](references.md#novikoff1962)",
        "tests/test_pages.py::test_citations_lead_to_a_reference[02_perceptron.ipynb]",
    ),
    Fault(
        "a reference that differs from the bibliography",
        "book/references.bib",
        "{1962}",
        "{1963}",
        "tests/test_pages.py::test_reference_reads_as_the_bibliography_says[novikoff1962]",
    ),
    Fault(
        "a command in CONTRIBUTING that there no longer is",
        "CONTRIBUTING.md",
        "Look at the page with `make serve`:",
        "Look at the page with `make server`:",
        "tests/test_pages.py::test_commands_in_the_guides_exist[CONTRIBUTING.md]",
    ),
    Fault(
        "a file in CONTRIBUTING that there no longer is",
        "CONTRIBUTING.md",
        "`tools/notebook_checks.py` holds these rules.",
        "`tools/notebook_rules.py` holds these rules.",
        "tests/test_pages.py::test_files_named_in_the_guides_exist[CONTRIBUTING.md]",
    ),
    Fault(
        "a symbol in the notation that the network doesn't have",
        "src/course_utils/network.py",
        "self.delta: dict[int, Array] = {}",
        "self.deltas: dict[int, Array] = {}",
        "tests/test_pages.py::test_names_in_the_notation_exist_on_a_network",
    ),
    Fault(
        "an import that is not declared",
        f"{SRC}/plots.py",
        "from cycler import cycler\n",
        "from cycler import cycler\nimport pandas\n",
        "tests/test_requirements.py::test_every_import_is_required[src]",
    ),
    Fault(
        "a dependency of the package taken from pyproject.toml",
        "pyproject.toml",
        '    "scipy>=1.13,<2",\n',
        "",
        "tests/test_requirements.py::test_the_package_declares_what_it_imports",
    ),
    Fault(
        "a lower end in pyproject.toml that isn't the tested one",
        "pyproject.toml",
        '"scikit-learn>=1.5,<2",',
        '"scikit-learn>=1.4,<2",',
        "tests/test_requirements.py::test_oldest_is_the_lower_end_of_every_range",
    ),
    Fault(
        "a version that differs on Binder",
        ".binder/requirements.txt",
        "torch==2.13.0",
        "torch==2.12.0",
        "tests/test_requirements.py::"
        "test_binder_has_the_versions_of_the_project_and_all_that_the_package_needs",
    ),
    Fault(
        "torch imported by a NumPy module",
        f"{SRC}/losses.py",
        "import numpy as np\n",
        "import numpy as np\nimport torch\n",
        "tests/test_package.py::test_importing_costs_neither_torch_nor_matplotlib[.losses]",
    ),
    Fault(
        "a dependency in the wrong direction",
        f"{SRC}/losses.py",
        "from course_utils import _checks\n",
        "from course_utils import _checks, gradient_check\n",
        DIRECTIONS,
    ),
    Fault(
        "the package depends on the tools",
        f"{SRC}/data.py",
        "from course_utils import _checks\n",
        "from course_utils import _checks\nfrom tools import environment\n",
        DIRECTIONS,
    ),
]

SITE = [
    Fault(
        "pictures that are drawn anew at each input",
        f"{EXPLORABLES}/shared/controls.js",
        "  old.tag === fresh.tag &&\n",
        "  false &&\n",
        "tests/test_explorables.py::test_an_input_changes_what_is_drawn_and_replaces_little",
    ),
    Fault(
        "an element that doesn't move to its new place",
        f"{EXPLORABLES}/shared/controls.js",
        "else place.insertBefore(fresh.node, next);",
        "else if (!old) place.insertBefore(fresh.node, next);",
        "tests/test_explorables.py::test_a_redraw_shows_what_is_new_and_moves_what_stays",
    ),
    Fault(
        "a slider that does nothing",
        f"{EXPLORABLES}/backward_pass.js",
        "onInput: (e) => set({ epsilon: e })",
        "onInput: () => {}",
        "tests/test_explorables.py::test_every_control_does_something_by_keyboard",
    ),
    Fault(
        "a style of the site that hides a part of an explorable",
        "book/_static/site.css",
        "\n.highlight > .copy {\n",
        "\n.repeated {\n",
        "tests/test_site.py::test_the_sites_style_hides_nothing_of_an_explorable",
    ),
    Fault(
        "a comma that may stand at the start of a line, away from its formula",
        "tools/sphinx_ext/maths.py",
        "SHORT = 20",
        "SHORT = 0",
        "tests/test_site.py::test_a_short_formula_keeps_its_signs",
    ),
    Fault(
        "a figure that shrinks on a phone until nobody can read it",
        "book/_static/site.css",
        "    width: 32rem;\n    max-width: none;\n",
        "    width: 32rem;\n",
        "tests/test_site.py::test_on_a_phone_a_figure_stays_legible_and_scrolls_by_keyboard",
    ),
    Fault(
        "a search that speaks of pages where it found sections",
        "book/_static/search.js",
        '"Search finished, found',
        '"Search done, found',
        "tests/test_search.py::test_what_is_found_can_be_read",
    ),
    Fault(
        "a view that draws once for every trait of one press",
        f"{EXPLORABLES}/shared/controls.js",
        "() => setting || elsewhere()",
        "() => elsewhere()",
        "tests/test_explorables.py::test_a_view_hears_of_others_changes_and_not_of_its_own",
    ),
    Fault(
        "training that leaves a slow machine no time for the reader",
        f"{EXPLORABLES}/shared/training_loop.js",
        "const REST = 4;",
        "const REST = 0;",
        "tests/test_explorables.py::test_training_rests_between_its_pictures",
    ),
    Fault(
        "a boundary that takes the largest score for the smallest",
        f"{SRC}/plots.py",
        "(s[:, k] - np.delete(",
        "(-s[:, k] + np.delete(",
        "tests/test_package.py::test_of_several_scores_the_largest_tints_the_region",
    ),
    Fault(
        "a teachers' page that doesn't name its chapter",
        "tools/sphinx_ext/teachers.py",
        '"chapter_title": title',
        '"chapter": title',
        "tests/test_teachers.py::test_a_page_names_its_chapter",
    ),
    Fault(
        "a page for addresses that there are not whose links hold in one folder only",
        "tools/sphinx_ext/not_found.py",
        '.path.rstrip("/") + "/"',
        ".path[:0]",
        "tests/test_site.py::test_an_address_that_there_is_not_leads_back_from_any_folder",
    ),
    Fault(
        "a stale figure: a still that is not taken anew after a change",
        f"{EXPLORABLES}/first_taste.js",
        "Can you fence in the inner circle?",
        "Can you fence in the inner ring?",
        "tests/test_stills.py::test_the_stored_stills_are_those_of_the_notebooks",
    ),
    Fault(
        "a policy that allows more than is documented",
        "tools/sphinx_ext/policy.py",
        "default-src 'self'",
        "default-src 'self' https:",
        "tests/test_publishing.py::test_the_policy_allows_no_more_than_is_documented",
    ),
    Fault(
        "a script written into the pages",
        "tools/sphinx_ext/theme/layout.html",
        "</body>",
        "<script>window.visits = 1;</script></body>",
        "tests/test_publishing.py::test_no_page_has_code_that_the_policy_would_refuse",
    ),
    Fault(
        "drawings whose fonts are rounded away",
        "tools/sphinx_ext/pictures.py",
        "if 0 < abs(value) < 1:",
        "if 0 < abs(value) < 0:",
        "tests/test_pictures.py::test_a_small_drawing_looks_like_the_large_one",
    ),
    Fault(
        "a formula of the cheat sheet that is wrong in NumPy",
        "book/cheat_sheet.md",
        "dz = softmax(z) - np.eye(K)[y]",
        "dz = softmax(z) + np.eye(K)[y]",
        "tests/test_cheat_sheet.py",
    ),
]

FAULTS: list[Fault] = [*NUMPY_NETWORK, *JAVASCRIPT, *NOTEBOOKS, *EXERCISES, *PROJECT, *SITE]
