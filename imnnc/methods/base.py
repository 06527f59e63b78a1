"""The interface of a method: how a network is trained and how its voltages are predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imnnc.physics.network import FloatArray, NetworkParameters

Inputs: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LayerVoltages:
    """Predicted node voltages of one layer, (S, M) each: columns, V- and V+."""

    net: FloatArray
    minus: FloatArray
    plus: FloatArray


class Predictor(Protocol):
    """A method's model of one finished network."""

    @property
    def parameters(self) -> NetworkParameters:
        """The network that is predicted."""

    @property
    def supply_volts(self) -> float:
        """The rails are at plus and minus this: nothing is known of voltages beyond."""

    def layers(self, inputs_volts: Inputs) -> list[LayerVoltages]:
        """Every node voltage for inputs (S, N) in volts."""

    def predict(self, inputs_volts: Inputs) -> FloatArray:
        """The read-out, V- of the output layer, (S, M) volts, for inputs (S, N) in volts."""
