"""Loaded outputs of many inverters and samples at once, and how they answer to small changes."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from imnnc.physics.inverter import Inverter
from imnnc.physics.settle import Settled, Settler
from tests.support.circuits import CORNERS, OWN_SIEMENS
from tests.support.measured import SUPPLY_VOLTS, inverter, table

HEAVIEST = 1e5  # loads, in units of the inverter's own conductance


@cache
def settler(corner: str = "tt", compiled: bool = True) -> Settler:
    return Settler(Inverter(table(corner)), compiled)


class Loads(NamedTuple):
    v_in: Tensor  # (rows, samples) volts
    g: Tensor  # (rows,) siemens a unit size
    emf: Tensor  # (rows, samples) volts

    def moved(self, v_in: float = 0.0, emf: float = 0.0) -> Loads:
        return Loads(self.v_in + v_in, self.g, self.emf + emf)

    def single(self) -> Loads:
        return Loads(*(x.float() for x in self))


def loads(rows: int = 60, samples: int = 40, seed: int = 1, swing: float = SUPPLY_VOLTS) -> Loads:
    """From none to the heaviest; inputs and load voltages anywhere, some of them at the ends."""
    random = np.random.default_rng(seed)
    v_in, emf = random.uniform(-swing, swing, (2, rows, samples))
    v_in[:, 0], v_in[:, 1], emf[:, 1], emf[:, 2] = -swing, swing, -swing, swing
    v_in[: rows // 2] /= 6  # where neurons have their gain
    g = OWN_SIEMENS * 10.0 ** random.uniform(-5, 5, rows)
    g[0], g[-1] = 0.0, HEAVIEST * OWN_SIEMENS
    return Loads(*(torch.from_numpy(x) for x in (v_in, random.permutation(g), emf)))


def settled(by: Settler, at: Loads, start: Tensor | None = None) -> Settled:
    return by.settle(*at, by.guess(*at) if start is None else start)


def largest(difference: Tensor) -> float:
    return float(difference.abs().max())


rail = st.floats(-SUPPLY_VOLTS, SUPPLY_VOLTS)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    corner=st.sampled_from(CORNERS),
    v_in=rail,
    own=st.one_of(st.just(0.0), st.floats(-5, 5).map(lambda exponent: 10.0**exponent)),
    emf=rail,
    start=rail,
)
def test_what_the_inverter_gives_its_load_takes(corner, v_in, own, emf, start):
    one = [torch.full((1, 1), x, dtype=torch.float64) for x in (v_in, emf, start)]
    g = torch.tensor([own * OWN_SIEMENS], dtype=torch.float64)
    v = settler(corner).settle(one[0], g, one[1], one[2]).v_out
    current, _, slope = settler(corner)._inverter.spline.value_and_partials(one[0], v)
    excess = current - g * (v - one[1])
    assert largest(excess / (g - slope)) < 1e-11  # volts
    assert largest(v) <= SUPPLY_VOLTS


@pytest.mark.parametrize("corner", CORNERS)
def test_outputs_are_those_of_the_inverter(corner):
    at = loads()
    expected = Inverter(table(corner)).loaded_output(at.v_in, at.g[:, None], at.emf)
    assert largest(settled(settler(corner), at).v_out - expected) < 1e-11


def test_where_it_begins_does_not_matter():
    at = loads()
    near = settled(settler(), at).v_out
    for far in (-SUPPLY_VOLTS, 0.0, SUPPLY_VOLTS):
        assert largest(settled(settler(), at, torch.full_like(near, far)).v_out - near) < 1e-11


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("corner", CORNERS)
def test_its_slopes_are_finite_differences(corner, compiled):
    by, at, step = settler(corner, compiled), loads(swing=0.249), 1e-6
    found = settled(by, at)
    for moves, slopes in (({"emf": step}, found.to_emf), ({"v_in": step}, found.to_input)):
        up, down = (
            settled(by, at.moved(**{k: sign * x for k, x in moves.items()})).v_out
            for sign in (1, -1)
        )
        # Slopes are those of the last step but one, within 0.3 uV.
        assert largest((up - down) / (2 * step) - slopes) < 5e-5


def test_an_output_rises_with_its_load_voltage_and_falls_with_its_input():
    found = settled(settler(), loads())
    assert found.to_emf.min() >= 0
    assert found.to_emf.max() <= 1
    assert found.to_input.max() <= 0


@pytest.mark.parametrize("corner", CORNERS)
def test_compiled_loops_and_torch_find_the_same(corner):
    at = loads()
    fast, slow = (settled(settler(corner, compiled), at) for compiled in (True, False))
    assert largest(fast.v_out - slow.v_out) < 1e-10
    # Both stop when the next step would be below 0.3 uV, torch with all outputs at once.
    assert largest(fast.to_emf - slow.to_emf) < 1e-5
    assert largest(fast.to_input - slow.to_input) < 1e-4


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("corner", CORNERS)
def test_a_guess_is_some_millivolts_off(corner, compiled):
    by, at = settler(corner, compiled), loads()
    off = (by.guess(*at) - settled(by, at).v_out).abs()
    assert off.max() < 20e-3  # in the bend of the curve, with a load voltage at a rail
    assert off.mean() < 2e-3


def test_both_guess_the_same():
    at = loads()
    assert largest(settler(compiled=True).guess(*at) - settler(compiled=False).guess(*at)) < 1e-11


@pytest.mark.parametrize("compiled", [True, False])
def test_in_single_precision_outputs_are_within_a_microvolt(compiled):
    at, by = loads(), settler(compiled=compiled)
    single, double = settled(by, at.single()), settled(by, at)
    assert single.v_out.dtype == torch.float32
    assert largest(single.v_out - double.v_out) < 1e-6
    assert largest(single.to_emf - double.to_emf) < 1e-4
    assert largest(single.to_input - double.to_input) < 1e-4


def test_several_threads_give_the_same_bits():
    at = loads(rows=400, samples=60)  # as many as are worth several threads
    alone = settled(settler(), at)
    torch.set_num_threads(2)
    try:
        together = settled(settler(), at)
    finally:
        torch.set_num_threads(1)  # as for all tests of this folder
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("compiled", [True, False])
def test_an_output_does_not_depend_on_those_solved_beside_it(compiled):
    at, by = loads(rows=6, samples=5), settler(compiled=compiled)
    together = settled(by, at).v_out
    for row in range(6):
        for sample in range(5):
            one = Loads(
                at.v_in[row, sample][None, None], at.g[row][None], at.emf[row, sample][None, None]
            )
            assert largest(settled(by, one).v_out - together[row, sample]) < 1e-10


def test_without_a_load_the_load_voltage_does_not_matter():
    at = loads()
    free = at._replace(g=torch.zeros_like(at.g))
    found = settled(settler(), free)
    assert torch.equal(found.to_emf, torch.zeros_like(found.to_emf))
    assert largest(settled(settler(), free._replace(emf=-free.emf)).v_out - found.v_out) < 1e-11


def test_the_heaviest_load_sets_the_output():
    at = loads()
    found = settled(settler(), at._replace(g=torch.full_like(at.g, HEAVIEST * OWN_SIEMENS)))
    assert largest(found.v_out - at.emf) < 1e-4
    assert found.to_emf.min() > 0.999


def test_where_it_is_started_is_left_as_it_was():
    at = loads()
    start = settler().guess(*at)
    before = start.clone()
    settled(settler(), at, start)
    assert torch.equal(start, before)


def test_no_samples_have_no_outputs():
    empty = torch.zeros(3, 0, dtype=torch.float64)
    found = settled(settler(), Loads(empty, torch.zeros(3, dtype=torch.float64), empty))
    assert [x.shape for x in found] == [(3, 0)] * 3


def test_without_numba_it_warns_and_works_on_torch(monkeypatch):
    from imnnc.physics import settle

    monkeypatch.setitem(sys.modules, "imnnc.physics.kernel", None)
    monkeypatch.delattr("imnnc.physics.kernel", raising=False)
    settle.compiled_loops.cache_clear()
    try:
        with pytest.warns(
            UserWarning, match=r"numba is not installed: .* `pip install imnnc\[fast\]`"
        ):
            by = Settler(inverter())
        assert by.kernel is None
        with pytest.raises(ModuleNotFoundError, match=r"^numba is not installed$"):
            Settler(inverter(), compiled=True)
    finally:
        settle.compiled_loops.cache_clear()
    assert settler().kernel is not None


FEW_AND_MANY = """
import numba, torch
from tests.physics.test_settle import loads, settled, settler
torch.set_num_threads(1)
by = settler("tt", True)
settled(by, loads())
try:
    print(numba.threading_layer())
except ValueError:
    print("no threads")
torch.set_num_threads(2)
settled(by, loads(500, 100))
print(numba.threading_layer() != "")
"""


def test_one_thread_is_one_thread_also_where_numba_has_compiled_before(tmp_path):
    """Its cache does not tell serial from parallel: it is for the functions to differ."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "OMP_NUM_THREADS": "2"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", FEW_AND_MANY], env=environment, capture_output=True, text=True
        )
        assert done.stdout.splitlines() == ["no threads", "True"], done.stderr
