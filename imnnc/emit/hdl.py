"""What the emitters of hardware description languages share: templates, numbers and sums."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from imnnc.files.files import new_text
from imnnc.physics.network import FloatArray
from imnnc.physics.polynomial import InverterPolynomials
from imnnc.resources import template_environment

_TERMS_A_LINE = 4
_WORDS_A_LINE = 4


def write_text(path: Path, folder: str, template: str, **values: object) -> None:
    """Write a file by a template in `templates/<folder>`."""
    environment = template_environment(folder, "spice")
    environment.filters["number"] = number
    environment.filters["wrapped"] = wrapped
    layout = environment.get_template(template)
    with new_text(path) as stream:
        stream.writelines(layout.stream(**values))


def number(value: float) -> str:
    """A real number as both languages read it: an integer's digits would be an integer."""
    text = f"{value + 0.0:.12g}"
    return text if "." in text or "e" in text else f"{text}.0"


def wrapped(words: Iterable[str], indent: int) -> str:
    """A list of words, four a line, with commas between them."""
    items = list(words)
    lines = [items[i : i + _WORDS_A_LINE] for i in range(0, len(items), _WORDS_A_LINE)]
    return (",\n" + " " * indent).join(", ".join(line) for line in lines)


def sums(coefficients: FloatArray, variable: str) -> list[str]:
    """Each column n of Chebyshev coefficients [m, n] as an expression in `x1`, `x2`, ...: a_n(x).

    The function of degree m is called `variable` with m behind it; that of degree 0 is 1.
    """
    expressions = []
    for column in coefficients.T.tolist():
        terms = [
            number(c) if m == 0 else f"{number(c)}*{variable}{m}" for m, c in enumerate(column)
        ]
        lines = [terms[i : i + _TERMS_A_LINE] for i in range(0, len(terms), _TERMS_A_LINE)]
        expressions.append("\n        + ".join(" + ".join(line) for line in lines))
    return expressions


def fit_fields(fit: InverterPolynomials) -> dict[str, object]:
    """What templates need of a fit; `names("x", 1)` are the variables from `x1` on."""
    return {
        "fit": fit,
        "terms": fit.terms,
        "names": lambda stem, first: [f"{stem}{m}" for m in range(first, fit.terms)],
        "output": sums(fit.output_amperes, "x"),
        "rail": sums(fit.rail_amperes, "x"),
    }
