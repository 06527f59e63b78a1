"""The interface of a method: how a network is trained and how its voltages are predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from imnnc.design import InverterSizes, TrainSpec
from imnnc.parasitics import Parasitics
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import Curves, NominalPoint

if TYPE_CHECKING:
    from torch import Tensor

    from imnnc.methods.trainable import TrainableNetwork

Inputs: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class LayerVoltages:
    """Predicted node voltages of one layer, (S, M) each: columns, V- and V+."""

    net: FloatArray
    minus: FloatArray
    plus: FloatArray


C = TypeVar("C", bound=Curves)


@dataclass(frozen=True)
class Method(Generic[C]):
    """All that is asked of a method: what it fits, what it trains, how it predicts.

    A method is one module of `imnnc.methods` with a value of this class; `imnnc.methods.choice`
    lists them.
    """

    curves: type[C]  # what it knows the inverter by
    # A network with cells at random: names and widths of layers, the range of a cell in siemens,
    # the sizes of each layer's inverters, curves, seed, what is there besides
    network: Callable[
        [
            Sequence[str],
            Sequence[int],
            tuple[float, float],
            Sequence[InverterSizes],
            C,
            int,
            Parasitics,
        ],
        TrainableNetwork,
    ]
    predictor: Callable[[NetworkParameters, C], Predictor]
    # V- (loads, n) in volts at V_in (n,), of an inverter that drives siemens to ground (loads,)
    transfer: Callable[[C, FloatArray, FloatArray], FloatArray]
    # The points to fit at, where all inverters have the one size that curves are fitted at
    points: Callable[[TrainSpec, InverterTable], tuple[NominalPoint, ...]] | None = None

    @property
    def sizes_inverters(self) -> bool:
        """Whether every inverter gets a size of its own."""
        return self.points is None


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

    def readout(self, inputs_volts: Tensor) -> Tensor:
        """The same of tensors in float64, with gradients to the inputs."""
