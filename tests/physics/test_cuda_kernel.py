"""The loops for GPUs are those of the processor, in numba's simulator of a GPU."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Every thread of the simulator is one of Python's, so outputs are few; 150 samples are two blocks.
SIMULATED = """
import numpy as np
import torch
from imnnc.physics import cuda_kernel, mismatch, settle
from imnnc.physics.mismatch import Devices, MismatchedSettler, apart
from imnnc.physics.network import GateVolts
from imnnc.physics.settle import Settler, SineLoad
from tests.support.measured import SUPPLY_VOLTS, inverter, table

ROWS, SAMPLES = 2, 150
random = np.random.default_rng(1)

def volts(*shape):
    return torch.from_numpy(random.uniform(-SUPPLY_VOLTS, SUPPLY_VOLTS, shape))

v_in, emf = volts(ROWS, SAMPLES), volts(ROWS, SAMPLES)
g = torch.tensor([1e-7, 2e-6], dtype=torch.float64)
load = SineLoad(1e-6 * volts(2, ROWS, SAMPLES), 1e-6 + 0 * volts(2, ROWS, SAMPLES), (1.0, 3.0))
settler = Settler(inverter())
gates = GateVolts(*random.normal(0, 0.02, (2, ROWS)))
apart_ = MismatchedSettler(Devices(apart(table())), settler, gates)

def found():
    parts = [settler.guess(v_in, g, emf)]
    for by in (settler, apart_):
        parts += by.settle(v_in, g, emf, parts[0])
        parts += by.settle_bent(v_in, g, load, parts[0])
    return parts

here = found()
def simulated(like, name):
    return cuda_kernel.loops(name, tuple(like.shape))
settle.loops_for = mismatch.loops_for = simulated
for one, other in zip(here, found(), strict=True):
    assert one.shape == other.shape
    np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-9, atol=1e-12)
print("alike", len(here))

# What is asked of a card before its loops count.
class Wrong:
    def loops(name, shape, card):
        right = cuda_kernel.loops(name, shape)
        def off(*arguments):
            right(*arguments)
            arguments[8][:] += 1e-6
        return off

off = [settle._off_torch(x, torch.device("cpu")) for x in (cuda_kernel, Wrong)]
assert off[0] < settle._AGREED_VOLTS < off[1], off
"""


def test_a_gpu_has_the_same_loops():
    pytest.importorskip("numba.cuda")
    done = subprocess.run(
        [sys.executable, "-c", SIMULATED],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "alike 13\n", done.stderr
