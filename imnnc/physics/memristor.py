"""From wanted conductances to what a device can be programmed to."""

from __future__ import annotations

import numpy as np

from imnnc.design import Memristor
from imnnc.physics.network import (
    UNFORMED_LEVEL,
    BoolArray,
    CrossbarProgram,
    FloatArray,
    IntArray,
    NetworkParameters,
    ProgrammedCrossbar,
)

# Digits of a programmed resistance: far finer than any device, few enough to read.
DIGITS = 9


def program(parameters: NetworkParameters, memristor: Memristor) -> CrossbarProgram:
    """Every cell at the nearest level of the device, as a resistance of `DIGITS` digits.

    Conductances beyond the device's range go to its nearest end; cells that are left unformed have
    no level, and the resistance of their leak.
    """
    crossbars = []
    for layer in parameters.layers:
        ohms_plus, level_plus = _programmed(layer.g_plus_siemens, layer.formed_plus, memristor)
        ohms_minus, level_minus = _programmed(layer.g_minus_siemens, layer.formed_minus, memristor)
        crossbars.append(
            ProgrammedCrossbar(
                layer.name,
                ohms_plus,
                ohms_minus,
                level_plus,
                level_minus,
                layer.formed_plus,
                layer.formed_minus,
                layer.bias_pairs,
            )
        )
    return CrossbarProgram(
        memristor=memristor.name,
        tolerance=memristor.variation,
        crossbars=tuple(crossbars),
        size_minus=tuple(layer.size_minus for layer in parameters.layers),
        size_plus=tuple(layer.size_plus for layer in parameters.layers),
        parasitics=parameters.parasitics,
    )


def level_siemens(memristor: Memristor) -> FloatArray:
    """The conductances of a device's levels, equally spaced, level 0 the smallest."""
    assert memristor.levels is not None, "a continuous device has no levels"
    return np.linspace(
        memristor.conductance_min_siemens, memristor.conductance_max_siemens, memristor.levels
    )


def _programmed(
    siemens: FloatArray, formed: BoolArray | None, memristor: Memristor
) -> tuple[FloatArray, IntArray | None]:
    ohms, levels = _at_levels(siemens, memristor)
    if formed is not None:
        leak = float(_rounded(np.array(1 / memristor.unformed_siemens)))
        ohms = np.where(formed, ohms, leak)
        levels = None if levels is None else np.where(formed, levels, UNFORMED_LEVEL)
    return ohms, levels


def _at_levels(siemens: FloatArray, memristor: Memristor) -> tuple[FloatArray, IntArray | None]:
    low, high = memristor.conductance_min_siemens, memristor.conductance_max_siemens
    inside = np.clip(siemens, low, high)
    if memristor.levels is None:
        return _rounded(1 / inside), None
    levels = np.rint((inside - low) / (high - low) * (memristor.levels - 1)).astype(np.int64)
    return _rounded(1 / level_siemens(memristor))[levels], levels


def _rounded(ohms: FloatArray) -> FloatArray:
    """The nearest numbers with `DIGITS` significant decimal digits."""
    text = np.char.mod(f"%.{DIGITS}g", ohms)
    return text.astype(np.float64)
