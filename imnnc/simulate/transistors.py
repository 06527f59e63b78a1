"""The inverter of a technology as ngspice cards, and the models that it needs.

Whatever a user's file says reaches a deck through here only, checked to be one word each: a
deck can run shell commands, so no name and no path may place a line of its own.
"""

from __future__ import annotations

from pathlib import Path

from imnnc import spelling
from imnnc.circuit.build import includes
from imnnc.circuit.transistors import card, format_number, inverter_transistors, size_words
from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.models.layout import copy_models


def inverter_lines(
    technology: Technology,
    label: str,
    *,
    input_node: str,
    output_node: str,
    size: float = 1.0,
) -> tuple[str, str]:
    """The cards of the PMOS and the NMOS of an inverter between the nets `vdd` and `vss`.

    `label` tells the instances from others; `size` is the number of unit inverters in parallel.
    Fails with IM303 where a name is not one word.
    """
    pmos, nmos = inverter_transistors(
        technology, input_net=input_node, output_net=output_node, size=size, label=f"_{label}"
    )
    for transistor in (pmos, nmos):
        _word(technology, "the device", transistor.device)
    units = format_number(size)
    return card(pmos, size_words(pmos, units)), card(nmos, size_words(nmos, units))


def model_lines(technology: Technology, workdir: Path) -> tuple[str, ...]:
    """The cards that include the models of a technology at its corner and temperature.

    The models are laid out in `workdir`, where the deck runs, as they are beside a netlist: what
    is measured is what is built.  Fails with IM303 where the corner is not one word, and as
    `copy_models` does.
    """
    _word(technology, "the corner", technology.corner)
    copy_models(technology, workdir)
    *files, library = includes(technology)
    return (
        *(f'.include "{each.file}"' for each in files),
        f'.lib "{library.file}" {library.section}',
        f".temp {technology.temperature_celsius:.9g}",
    )


def _word(technology: Technology, what: str, name: str) -> str:
    if not spelling.MODEL.fits(name):
        raise fail(
            "IM303",
            f"{what} of a technology must be {spelling.MODEL.rule}, was `{name}`",
            technology.span,
        )
    return name
