"""Cells that make up for what a die is off by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imnnc.methods.correction import Corrector
from imnnc.physics.chips import Spread, draw
from imnnc.physics.die import Die, DieSolver, siemens_of
from imnnc.physics.memristor import program
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import NetworkParameters
from imnnc.simulate.characterize import characterize_devices
from tests.support.exact import inputs, network
from tests.support.measured import inverter
from tests.support.networks import technology
from tests.support.small import MEMRISTOR

WIDTHS, FORMED = (40, 8, 3), 0.1


def _mostly_unformed() -> NetworkParameters:
    whole = network(WIDTHS)
    first, *others = whole.layers
    random = np.random.default_rng(3)
    plus, minus = (random.random(first.g_plus_siemens.shape) < FORMED for _ in range(2))
    plus[-1] = True  # a column has to have a cell
    pruned = replace(first, formed_plus=plus, formed_minus=minus)
    return replace(whole, layers=(pruned, *others))


def test_cells_that_were_never_formed_are_left_alone_and_so_are_broken_ones():
    made = program(_mostly_unformed(), MEMRISTOR)
    parameters = made.parameters()
    spread = Spread(up_volts=0.06, down_volts=0.08)
    chip = draw(parameters, spread, 1, 0)
    assert chip.gates is not None
    die = Die(chip.parameters, chip.gates)
    solver = DieSolver(inverter(), Devices(characterize_devices(technology(), 0.6)))
    broken = [np.zeros(siemens_of(layer).shape, dtype=bool) for layer in parameters.layers]
    broken[1][:4] = True
    corrector = Corrector(made, MEMRISTOR, solver, inputs(100, WIDTHS[0]), tuple(broken))
    found = corrector.fit(die, 1e-3)
    first, second = (
        siemens_of(after) != siemens_of(before)
        for before, after in zip(die.parameters.layers, found.parameters.layers, strict=True)
    )
    of = parameters.layers[0]
    formed = np.concatenate([of.formed_plus, of.formed_minus])
    assert first.any()
    assert second.any()
    assert not (first & ~formed).any()
    assert not (second & broken[1]).any()
