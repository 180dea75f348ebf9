"""Bring KaTeX's style sheet and fonts into book/_static/katex.

Needed only when the version of KaTeX inside sphinxcontrib-katex changes (a test says so). Give it
an unpacked npm package of that version; it needs `pip install fonttools brotli`:

    npm pack katex@0.16.22 && tar xzf katex-0.16.22.tgz
    python tools/katex_assets.py package

The fonts that pages load are cut in two: the characters a course like this one uses, and the rest.
Each half says in `unicode-range` what it holds, so a page fetches the second half only where it has
to, and no character can ever be missing. This saves about 75 kB on every first visit.
"""

import re
import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "book" / "_static" / "katex"
ASCII = {chr(code) for code in range(0x20, 0x7F)}
LETTERS = {chr(code) for code in range(0x41, 0x7B) if chr(code).isalpha()}
GREEK = set("αβγδεϵζηθϑικλμνξοπϖρϱσςτυφϕχψωΓΔΘΛΞΠΣΥΦΨΩ")
# U+E020 is the stroke of ≠.
SIGNS = set(
    "\xa0\ue020−±×·÷∂∇∈∉≤≥≠≈≡∼∝→←↑↓↔⇐⇒⇔↦⟵⟶⟸⟹⟺∞′∑∏∫√∣∥⊙⊕⊗∘∗⋅…⋯⋮⋱⊤⊥ℓ⟨⟩⌊⌋⌈⌉∪∩∖∅⊂⊆∀∃¬∧∨≪≫ˆˉ˜˙¨⃗ıȷ≜–—‘’“”"
)
BRACKETS = "()[]{}/|∑∏√∣∥⏐ˆ˜\xa0"
USED = {
    "Main-Regular": ASCII | GREEK | SIGNS,
    "Main-Bold": ASCII | set("−·×∇∂ˆˉ˜"),
    "Math-Italic": LETTERS | set("0123456789") | GREEK | set("\xa0"),
    "AMS-Regular": set("CENPQRZ\xa0"),  # sets of numbers, expectation, probability
    "Caligraphic-Regular": set("BDLNO\xa0"),  # batches, data, losses, orders
    "Size1-Regular": set(BRACKETS),
    "Size2-Regular": set(BRACKETS),
    "Size3-Regular": set(BRACKETS),
    "Size4-Regular": set(BRACKETS) | set("⎛⎜⎝⎞⎟⎠⎡⎢⎣⎤⎥⎦⎧⎨⎩⎪⎫⎬⎭"),
}


def unicode_range(characters: set[int]) -> str:
    """The CSS `unicode-range` of the given code points, neighbours joined."""
    parts: list[str] = []
    for code in sorted(characters):
        first, _, last = parts[-1].partition("-") if parts else ("", "", "")
        if parts and int((last or first).removeprefix("U+"), 16) == code - 1:
            parts[-1] = f"{first}-{code:X}"
        else:
            parts.append(f"U+{code:X}")
    return ",".join(parts)


def cut(font: Path, characters: set[int], target: Path) -> None:
    """Write the part of `font` with the given code points as WOFF2."""
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False)
    loaded = subset.load_font(font, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(loaded)
    subset.save_font(loaded, target, options)


def split(font: Path, used: set[str]) -> tuple[set[int], set[int]]:
    """The code points of `font` that are in `used`, and all others."""
    from fontTools.ttLib import TTFont

    held = set(TTFont(font).getBestCmap())
    common = held & {ord(character) for character in used}
    return common, held - common


def face(rule: str, fonts: Path) -> str:
    """One `@font-face` rule of KaTeX, rewritten to WOFF2 only and cut in two where listed."""
    (name,) = re.findall(r"fonts/KaTeX_([\w-]+)\.woff2", rule)
    head = re.sub(r"src:.*", "", rule.removesuffix("}"))
    source = fonts / f"KaTeX_{name}.ttf"
    if name not in USED:
        shutil.copy(source.with_suffix(".woff2"), TARGET / "fonts")
        return f'{head}src:url("fonts/{source.stem}.woff2") format("woff2")}}'
    rules = []
    for suffix, part in zip(("", "-rest"), split(source, USED[name]), strict=True):
        file = f"{source.stem}{suffix}.woff2"
        cut(source, part, TARGET / "fonts" / file)
        place = f'src:url("fonts/{file}") format("woff2");unicode-range:{unicode_range(part)}'
        rules.append(f"{head}{place}}}")
    return "\n".join(rules)


def main(package: Path) -> None:
    """Write book/_static/katex from an unpacked npm package of KaTeX."""
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "fonts").mkdir(parents=True)
    text = (package / "dist" / "katex.min.css").read_text(encoding="utf-8")
    text = re.sub(
        r"@font-face\{[^}]*\}", lambda rule: face(rule[0], package / "dist" / "fonts") + "\n", text
    )
    (TARGET / "katex.css").write_text(text, encoding="utf-8", newline="\n")
    shutil.copy(package / "LICENSE", TARGET / "LICENSE")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
