"""The parameters of a network: conductances and inverter sizes, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imnnc.limits import BIAS_PAIRS, NAME, OPTIONAL, percent
from imnnc.parasitics import NO_PARASITICS, Parasitics

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

UNFORMED_LEVEL = -1  # of cells that have none
# Of a cell that is not there: nothing to the last digit of any sum, and yet what rows without a
# cell can be divided by.
_NO_CELL_SIEMENS = 1e-24


def _with_parasitics(members: dict[str, Any]) -> dict[str, Any]:
    """The stored fields of a network or a program, where schema 1 has RIM's resistor among them."""
    if "resistor_ohms" not in members:
        return members
    others = {name: member for name, member in members.items() if name != "resistor_ohms"}
    fields = {"resistor_ohms": members["resistor_ohms"]}
    return {**others, "parasitics": {"type": Parasitics.__qualname__, "fields": fields}}


@dataclass(frozen=True)
class LayerParameters:
    """A crossbar of N inputs and M columns, and the M neurons that its columns drive.

    Rows 0 to N-1 of the conductances are the inputs, the P after them bias pairs, whose plus rows
    are at +V_S and whose minus rows are at -V_S.  P is 1 as a rule.
    """

    name: str = field(metadata=NAME)
    g_plus_siemens: FloatArray  # (N + P, M), cells on the plus rows
    g_minus_siemens: FloatArray  # (N + P, M), cells on the minus rows
    size_minus: FloatArray  # (M,), INV1: column -> V-, in unit inverters
    size_plus: FloatArray  # (M,), INV2: V- -> V+, in unit inverters
    # (N + P, M), which cells are formed; the others leak.  None: all are
    formed_plus: BoolArray | None = field(default=None, metadata=OPTIONAL)
    formed_minus: BoolArray | None = field(default=None, metadata=OPTIONAL)
    bias_pairs: int | None = field(default=None, metadata={**BIAS_PAIRS, **OPTIONAL})  # None: one

    @property
    def biases(self) -> int:
        """P, the number of bias pairs."""
        return self.bias_pairs or 1

    @property
    def inputs(self) -> int:
        """N, the number of inputs without the biases."""
        return int(self.g_plus_siemens.shape[0]) - self.biases

    @property
    def width(self) -> int:
        """M, the number of columns and of neurons."""
        return int(self.g_plus_siemens.shape[1])


def _without_leaks(layer: LayerParameters) -> LayerParameters:
    if layer.formed_plus is None or layer.formed_minus is None:
        return layer
    return replace(
        layer,
        g_plus_siemens=np.where(layer.formed_plus, layer.g_plus_siemens, _NO_CELL_SIEMENS),
        g_minus_siemens=np.where(layer.formed_minus, layer.g_minus_siemens, _NO_CELL_SIEMENS),
    )


@dataclass(frozen=True)
class NetworkParameters:
    """Every layer of a network, from the inputs on."""

    layers: tuple[LayerParameters, ...]
    parasitics: Parasitics = NO_PARASITICS

    upgraded = staticmethod(_with_parasitics)

    def without_leaks(self) -> NetworkParameters:
        """The same without the cells that are not formed."""
        return replace(self, layers=tuple(_without_leaks(layer) for layer in self.layers))

    @property
    def total_size(self) -> float:
        """The sum of all inverter sizes, in unit inverters."""
        return float(sum(x.size_minus.sum() + x.size_plus.sum() for x in self.layers))


class GateVolts(NamedTuple):
    """Volts from the inputs of M inverters to the gates of their transistors, (M,)."""

    up: FloatArray  # of the PMOS
    down: FloatArray  # of the NMOS


class NeuronGates(NamedTuple):
    """The gates of the two inverters of each neuron of a layer."""

    minus: GateVolts  # INV1's
    plus: GateVolts  # INV2's


@dataclass(frozen=True)
class ProgrammedCrossbar:
    """A crossbar as it is to be written into the device: every cell at one of its levels.

    Resistances are what is programmed, rounded to the digits that the files carry, so that
    file, netlist and prediction agree exactly; the conductance of a cell is its reciprocal.
    """

    name: str = field(metadata=NAME)  # the layer that the columns drive
    ohms_plus: FloatArray  # (N + P, M), rows as in LayerParameters
    ohms_minus: FloatArray  # (N + P, M)
    # (N + P, M), 0 at the smallest conductance, -1 of a cell that is not formed; None: continuous
    level_plus: IntArray | None
    level_minus: IntArray | None
    # (N + P, M), which cells are formed; the others are left as they are.  None: all are
    formed_plus: BoolArray | None = field(default=None, metadata=OPTIONAL)
    formed_minus: BoolArray | None = field(default=None, metadata=OPTIONAL)
    bias_pairs: int | None = field(default=None, metadata={**BIAS_PAIRS, **OPTIONAL})  # None: one

    @property
    def biases(self) -> int:
        """P, the number of bias pairs."""
        return self.bias_pairs or 1

    @property
    def unformed_cells(self) -> int:
        """How many cells are left unformed."""
        masks = (self.formed_plus, self.formed_minus)
        return sum(int(np.count_nonzero(~mask)) for mask in masks if mask is not None)


@dataclass(frozen=True)
class CrossbarProgram:
    """All crossbars of a network, their device and the sizes of the inverters."""

    memristor: str = field(metadata=NAME)
    # Relative, on each programmed conductance
    tolerance: float = field(metadata=percent("0", "1"))
    crossbars: tuple[ProgrammedCrossbar, ...]
    size_minus: tuple[FloatArray, ...]  # (M,) a layer
    size_plus: tuple[FloatArray, ...]
    parasitics: Parasitics = NO_PARASITICS

    upgraded = staticmethod(_with_parasitics)

    def parameters(self) -> NetworkParameters:
        """The network that the programmed cells make."""
        return NetworkParameters(
            tuple(
                LayerParameters(
                    crossbar.name,
                    1.0 / crossbar.ohms_plus,
                    1.0 / crossbar.ohms_minus,
                    size_minus,
                    size_plus,
                    crossbar.formed_plus,
                    crossbar.formed_minus,
                    crossbar.bias_pairs,
                )
                for crossbar, size_minus, size_plus in zip(
                    self.crossbars, self.size_minus, self.size_plus, strict=True
                )
            ),
            self.parasitics,
        )
