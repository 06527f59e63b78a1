"""Sizes for finished networks: as small as the accuracy allows, on the grid that is asked for.

Training has already weighed every single inverter against energy.  What is left is to put the
sizes on their grid and to find how far whole groups (INV1 or INV2 of a layer) can shrink
together before the validation samples notice; and to make the read-out as fast as is worth its
power, since a network that is slow draws its power for longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from imnnc.design import InverterSizes
from imnnc.physics.network import FloatArray, NetworkParameters

_BISECTIONS = 5
_CANDIDATES = 19  # sizes of the read-out
_GROUPS = ("size_minus", "size_plus")


def on_grid(sizes: FloatArray, bounds: InverterSizes) -> FloatArray:
    """The nearest sizes that may be built."""
    if bounds.step is not None:
        steps = np.round((sizes - bounds.minimum) / bounds.step)
        last = np.floor((bounds.maximum - bounds.minimum) / bounds.step + 1e-9)
        return np.asarray(bounds.minimum + np.clip(steps, 0, last) * bounds.step)
    return np.clip(sizes, bounds.minimum, bounds.maximum)


def shrink(
    parameters: NetworkParameters,
    inverters: Sequence[InverterSizes],
    score: Callable[[NetworkParameters], float],
    energy: Callable[[NetworkParameters], float],
    least: float,
    on_step: Callable[[float], None],
    readout_matters: bool = False,
) -> tuple[NetworkParameters, float, float]:
    """Shrink group after group, each as far as the score stays at `least` or above.

    Returns the network, its score and its energy.  The inverters of the read-out are the smallest
    there are: what they drive does not bend their curves, see `quicken`.  Where chips differ,
    `readout_matters`, its INV1 is shrunk like others: a larger one has a better threshold.  A
    smaller group is kept only where the network also takes less energy: a starved inverter rests
    nearer to the middle of its swing, where it draws most, and settles slowly.
    """
    found = parameters
    last = len(inverters) - 1
    groups = [(number, group) for number in range(last) for group in _GROUPS]
    if readout_matters:
        groups.append((last, "size_minus"))
    for number, bounds in enumerate(inverters):
        for group in _GROUPS:
            sizes = getattr(found.layers[number], group)
            wanted = sizes if (number, group) in groups else np.full_like(sizes, bounds.minimum)
            found = _with(found, number, group, on_grid(wanted, bounds))
    taken, reached = energy(found), score(found)
    for done, (number, group) in enumerate(groups):
        bounds = inverters[number]
        sizes = getattr(found.layers[number], group)
        low, high = bounds.minimum / float(sizes.max()), 1.0
        for step in range(_BISECTIONS):
            factor = (low + high) / 2
            trial = _with(found, number, group, on_grid(sizes * factor, bounds))
            trial_energy = energy(trial)
            if trial_energy <= taken and (trial_score := score(trial)) >= least:
                found, taken, reached, high = trial, trial_energy, trial_score, factor
            else:
                low = factor
            on_step((done + (step + 1) / _BISECTIONS) / len(groups))
    return found, reached, taken


def quicken(
    parameters: NetworkParameters,
    bounds: InverterSizes,
    energy: Callable[[NetworkParameters], float],
) -> NetworkParameters:
    """The INV1 of the read-out at the size that makes an inference cheapest.

    It bends no curve, so accuracy has no say: a larger one settles sooner, and draws more.
    """
    last = len(parameters.layers) - 1
    old = parameters.layers[last].size_minus
    sizes = np.unique(on_grid(np.linspace(bounds.minimum, bounds.maximum, _CANDIDATES), bounds))
    tried = [_with(parameters, last, "size_minus", np.full_like(old, size)) for size in sizes]
    return min(tried, key=energy)


def _with(
    parameters: NetworkParameters, number: int, group: str, sizes: FloatArray
) -> NetworkParameters:
    layers = list(parameters.layers)
    layer = layers[number]
    minus = sizes if group == "size_minus" else layer.size_minus
    plus = sizes if group == "size_plus" else layer.size_plus
    layers[number] = replace(layer, size_minus=minus, size_plus=plus)
    return replace(parameters, layers=tuple(layers))
