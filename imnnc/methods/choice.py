"""Which method is which.

RIM's model is PHAX's, with curves that know its resistor: the resistor is in their nominal
point, and from there goes into cells, netlist and energy.
"""

from __future__ import annotations

from typing import Any

from imnnc.design import Memristor, MethodName, Network
from imnnc.methods.base import Method, Predictor
from imnnc.methods.equilibrium import EQUILIBRIUM
from imnnc.methods.latim import LATIM
from imnnc.methods.phax import PHAX
from imnnc.methods.rim import RIM
from imnnc.methods.trainable import TrainableNetwork
from imnnc.physics.network import NetworkParameters
from imnnc.physics.vtc import Curves

METHODS: dict[MethodName, Method[Any]] = {
    "latim": LATIM,
    "phax": PHAX,
    "rim": RIM,
    "equilibrium": EQUILIBRIUM,
}


def method_of(curves: Curves) -> Method[Any]:
    """The method that predicts with these curves."""
    return next(method for method in METHODS.values() if isinstance(curves, method.curves))


def predictor(parameters: NetworkParameters, curves: Curves) -> Predictor:
    """The model that predicts a finished network with these curves."""
    return method_of(curves).predictor(parameters, curves)


def trainable(
    network: Network, memristor: Memristor, curves: Curves, seed: int
) -> TrainableNetwork:
    """A network with cells at random, to be trained with these curves."""
    return method_of(curves).network(
        [layer.name for layer in network.layers],
        network.widths,
        (memristor.conductance_min_siemens, memristor.conductance_max_siemens),
        [layer.inverter for layer in network.layers],
        curves,
        seed,
    )
