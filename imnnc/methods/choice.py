"""Which model belongs to which curves.

RIM's model is PHAX's, with curves that know its resistor: the resistor is in their nominal
point, and from there goes into cells, netlist and energy.
"""

from __future__ import annotations

from imnnc.design import Memristor, Network
from imnnc.methods.base import Predictor
from imnnc.methods.equilibrium import EquilibriumNetwork, EquilibriumPredictor
from imnnc.methods.latim import LatimNetwork, LatimPredictor
from imnnc.methods.phax import PhaxNetwork, PhaxPredictor
from imnnc.methods.trainable import TrainableNetwork
from imnnc.physics.network import NetworkParameters
from imnnc.physics.vtc import Curves, TableModel, VtcModel


def predictor(parameters: NetworkParameters, curves: Curves) -> Predictor:
    """The model that predicts a finished network with these curves."""
    if isinstance(curves, VtcModel):
        return LatimPredictor(parameters, curves)
    if isinstance(curves, TableModel):
        return EquilibriumPredictor(parameters, curves)
    return PhaxPredictor(parameters, curves)


def trainable(
    network: Network, memristor: Memristor, curves: Curves, seed: int
) -> TrainableNetwork:
    """A network with cells at random, to be trained with these curves."""
    names = [layer.name for layer in network.layers]
    cells = (memristor.conductance_min_siemens, memristor.conductance_max_siemens)
    sizes = [layer.inverter for layer in network.layers]
    if isinstance(curves, VtcModel):
        return LatimNetwork(names, network.widths, cells, sizes, curves, seed)
    if isinstance(curves, TableModel):
        return EquilibriumNetwork(names, network.widths, cells, sizes, curves, seed)
    return PhaxNetwork(names, network.widths, cells, curves, seed)
