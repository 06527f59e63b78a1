"""Layers at rest, whatever their outputs drive: by columns of resistors, or of cells that bend."""

from __future__ import annotations

from torch import Tensor

from imnnc.physics.crossbar import Load, SinhLoad
from imnnc.physics.equilibrium import ROUNDS, LayerSolution, rest_layer, solve_layer
from imnnc.physics.settle import Neurons, Settler
from imnnc.physics.sinh_equilibrium import SinhLayerSolver, rest_sinh_layer


def solve(
    neurons: Neurons,
    net: Tensor,
    load: Load | SinhLoad,
    most_rounds: int = ROUNDS,
    *,
    unlike: bool = False,
) -> LayerSolution:
    """The outputs of M neurons with columns `net` (M, B) in volts, and the columns they drive.

    A sample that is not at rest after `most_rounds` has not converged; `unlike` is as for
    `solve_layer`.
    """
    if isinstance(load, SinhLoad):
        return SinhLayerSolver(neurons, net, load).solve(most_rounds)
    return solve_layer(neurons, net, load, most_rounds, unlike=unlike)


def rest(
    net: Tensor,
    load: Load | SinhLoad,
    settler: Settler,
    most_rounds: int = ROUNDS,
    shift: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The outputs (2 M, B), differentiable, and whether each sample is at rest.

    INV1 sees `net`, INV2 what is at V- and `shift` (M, B) volts; None: no more.
    """
    if isinstance(load, SinhLoad):
        return rest_sinh_layer(net, load, settler, most_rounds, shift)
    return rest_layer(net, load, settler, most_rounds, shift)
