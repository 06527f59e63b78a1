"""What the drawing of one neuron shows: its rows, cells and sizes, and the crossbar it drives."""

from __future__ import annotations

from typing import Any

from imnnc.circuit.names import BIAS_MINUS, BIAS_PLUS, rail_pair_nets
from imnnc.design import Network
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar

_FIRST_ROW, _PITCH, _PAIR_GAP = 34, 22, 12  # pixels
_OTHERS = (140, 170)  # columns beside the neuron's own
_NEXT = (424, 458, 492)
_LONGEST_NAME = 17


def neuron(network: Network, program: CrossbarProgram, number: int = 0) -> dict[str, Any]:
    """Neuron `number` of the first layer, as `templates/report/neuron.svg.j2` draws it.

    Of the inputs the first and the last are shown, then the last of the bias pairs.
    """
    crossbar, layer = program.crossbars[0], network.layers[0]
    inputs = crossbar.ohms_plus.shape[0] - crossbar.biases
    nets = rail_pair_nets(network.input.name, inputs)
    shown = sorted({0, inputs - 1})
    rows, gaps, y = [], [], _FIRST_ROW
    for place, index in enumerate([*shown, inputs + crossbar.biases - 1]):
        biased = index >= inputs
        names = (BIAS_PLUS, BIAS_MINUS) if biased else (nets[index], nets[inputs + index])
        left_out = index - shown[place - 1] - 1 if place and not biased else 0
        if left_out or (biased and crossbar.biases > 1):
            gaps.append(y)
            y += _PITCH
        for name, siemens in zip(names, _pair(crossbar, index, number), strict=True):
            rows.append({"name": _short(name), "siemens": siemens, "y": y})
            y += _PITCH
        y += _PAIR_GAP
    following = network.layers[1] if len(network.layers) > 1 else None
    return {
        "layer": layer.name,
        "shown": _short(layer.name),
        "number": number,
        "columns": layer.width,
        "sizes": (float(program.size_minus[0][number]), float(program.size_plus[0][number])),
        "rows": rows,
        "gaps": gaps,
        "bottom": rows[-1]["y"],
        "others": _OTHERS[: layer.width - 1],
        "resistor": program.parasitics.resistor_ohms,
        "next": None
        if following is None
        else {
            "shown": _short(following.name),
            "columns": following.width,
            "drawn": _NEXT[: following.width],
        },
    }


def _pair(crossbar: ProgrammedCrossbar, row: int, column: int) -> tuple[float | None, float | None]:
    """Siemens of the cells on a plus and a minus row; None: one that is not formed."""

    def siemens(ohms: Any, formed: Any) -> float | None:
        if formed is not None and not formed[row, column]:
            return None
        return float(1 / ohms[row, column])

    return (
        siemens(crossbar.ohms_plus, crossbar.formed_plus),
        siemens(crossbar.ohms_minus, crossbar.formed_minus),
    )


def _short(name: str) -> str:
    """A name that fits into the drawing: its ends tell most."""
    if len(name) <= _LONGEST_NAME:
        return name
    half = (_LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
