"""Which method is which.

RIM's model is PHAX's, with curves that know its resistor: the resistor is in their nominal
point, and from there goes into cells, netlist and energy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imnnc.design import Memristor, Network
from imnnc.methods.base import Method
from imnnc.methods.equilibrium import EQUILIBRIUM
from imnnc.methods.latim import LATIM
from imnnc.methods.phax import PHAX
from imnnc.methods.rim import RIM
from imnnc.methods.trainable import TrainableNetwork
from imnnc.physics.vtc import Curves

METHODS: Mapping[str, Method[Any]] = {
    "latim": LATIM,
    "phax": PHAX,
    "rim": RIM,
    "equilibrium": EQUILIBRIUM,
}


def trainable(
    method: str,
    network: Network,
    memristor: Memristor,
    curves: Curves,
    seed: int,
    corners: Sequence[Curves] = (),
) -> TrainableNetwork:
    """A network with cells at random, to be trained by a method with its curves.

    Of the shares of cells that a layer may leave unformed it takes the first.  `corners` are the
    curves at those to train at, where it is not the one corner of `curves`.
    """
    found = METHODS[method].network(
        [layer.name for layer in network.layers],
        network.widths,
        (memristor.conductance_min_siemens, memristor.conductance_max_siemens),
        [layer.inverter for layer in network.layers],
        curves,
        seed,
        memristor.parasitics,
    )
    found.have_bias_pairs([layer.biases for layer in network.layers], seed)
    if corners:
        found.train_at(corners)
    found.leave_unformed(
        [layer.unformed[0] if layer.unformed else 0.0 for layer in network.layers],
        memristor.unformed_siemens,
    )
    return found
