"""Pages as one HTML file each: style and figures inside, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from imnnc.files.files import writing
from imnnc.resources import template_environment
from imnnc.units import engineering
from imnnc.version import __version__

_SPACE = "\N{NO-BREAK SPACE}"
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def write_page(path: Path, template: str, facts: Mapping[str, object]) -> None:
    """Render a template of `templates/report`; strings are escaped, `Markup` is not.

    Fails with IM510 where the file cannot be written.
    """
    environment = template_environment("report", escapes_html=True)
    environment.filters.update(unit=_unit, percent=_percent, square=_square, grouped=_grouped)
    environment.filters["svg"] = Markup  # of imnnc.report.svg, which has escaped what is in it
    environment.globals["version"] = __version__
    text = environment.get_template(template).render(facts)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _unit(value: float, unit: str) -> str:
    """A quantity, kept on one line with its unit as all of these are."""
    return engineering(value, unit).replace(" ", _SPACE)


def _percent(value: float, digits: int) -> str:
    return f"{100 * value:.{digits}f}{_SPACE}%"


def _square(value: float) -> str:
    """A mean square error."""
    return f"{value:.3g}{_SPACE}V²"


def _grouped(value: float) -> str:
    """A number of things, thousands apart; a tenth of a thing at the least."""
    return f"{round(value, 1):,.12g}".replace(",", _THIN_SPACE)
