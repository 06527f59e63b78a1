"""The unit inverter: its currents, and where its output comes to rest under a load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.physics.network import FloatArray
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines
from tests.support.measured import SUPPLY_VOLTS, inverter, volts
from tests.support.networks import technology

rail = st.floats(-SUPPLY_VOLTS, SUPPLY_VOLTS)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(v_in=rail, exponent=st.floats(-10, -2), emf=rail)
def test_the_loaded_output_balances_the_currents(v_in, exponent, emf):
    g = 10.0**exponent
    v = inverter().loaded_output(volts(v_in), volts(g), volts(emf))
    excess = inverter().output_current(volts(v_in), v) - g * (v - emf)
    assert abs(float(excess)) < 1e-18 + 1e-12 * g
    assert -SUPPLY_VOLTS <= float(v) <= SUPPLY_VOLTS


def test_the_output_falls_with_the_input_and_rises_with_the_load_voltage():
    sweep = torch.linspace(-SUPPLY_VOLTS, SUPPLY_VOLTS, 501, dtype=torch.float64)
    for g in (0.0, 1e-7, 1e-6, 1e-5, 1e-4):
        assert (inverter().loaded_output(sweep, volts(g), volts(0.1)).diff() < 0).all()
    for g in (1e-7, 1e-6, 1e-5, 1e-4):
        assert (inverter().loaded_output(volts(0.02), volts(g), sweep).diff() > 0).all()


def test_a_heavier_load_flattens_the_curve():
    sweep = torch.linspace(-SUPPLY_VOLTS, SUPPLY_VOLTS, 501, dtype=torch.float64)
    gains = [
        -float(inverter().loaded_output(sweep, volts(g), volts(0.0)).diff().min()) / 1e-3
        for g in (0.0, 1e-6, 4e-6, 1.6e-5)
    ]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 5
    assert gains[-1] < 2


def test_without_a_load_no_current_flows_whatever_the_load_voltage():
    v_in = volts(-0.2, -0.01, 0.1)
    v = inverter().loaded_output(v_in, volts(0.0), volts(0.2))
    assert torch.equal(v, inverter().loaded_output(v_in, volts(0.0), volts(-0.2)))
    assert torch.allclose(inverter().output_current(v_in, v), volts(0.0), atol=1e-18)


def test_a_load_that_swamps_the_inverter_sets_the_output():
    v = inverter().loaded_output(volts(-0.25, 0.25), volts(10.0), volts(0.11))
    assert torch.allclose(v, volts(0.11, 0.11), atol=1e-5)


def test_an_output_does_not_depend_on_those_solved_beside_it():
    random = np.random.default_rng(4)
    v_in, emf = (torch.from_numpy(random.uniform(-0.25, 0.25, 300)) for _ in range(2))
    g = torch.from_numpy(10.0 ** random.uniform(-10, -3, 300))
    together = inverter().loaded_output(v_in, g, emf)
    alone = [inverter().loaded_output(*each) for each in zip(v_in, g, emf, strict=True)]
    assert torch.allclose(together, torch.stack(alone), rtol=0, atol=1e-12)


def test_loads_are_solved_for_every_combination_of_their_shapes():
    v = inverter().loaded_output(torch.zeros(3, 1).double(), volts(1e-6, 2e-6), volts(0.0))
    assert v.shape == (3, 2)


def test_a_table_in_amperes_gives_currents_in_amperes():
    pull_up = float(inverter().output_current(volts(-0.25), volts(0.0)))
    pull_down = float(inverter().output_current(volts(0.25), volts(0.0)))
    assert 1e-6 < pull_up < 1e-5
    assert -1e-5 < pull_down < -1e-6


@pytest.fixture(scope="module")
def in_ngspice(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FloatArray]:
    """Forty transistor inverters of several units, each with a resistor to a source."""
    random = np.random.default_rng(7)
    count = 40
    size = random.integers(1, 11, count).astype(float)
    found = {
        "v_in": random.uniform(-0.25, 0.25, count),
        "size": size,
        "siemens": size * 10.0 ** random.uniform(-8, -4, count),
        "emf": random.uniform(-0.25, 0.25, count),
    }
    v_out, current_dd, current_ss = _simulated(tmp_path_factory.mktemp("deck"), **found)
    return {**found, "v_out": v_out, "current_dd": current_dd, "current_ss": current_ss}


def test_it_agrees_with_ngspice_within_a_microvolt(in_ngspice):
    given_ = {k: torch.from_numpy(v) for k, v in in_ngspice.items()}
    v = inverter().loaded_output(given_["v_in"], given_["siemens"] / given_["size"], given_["emf"])
    assert float((v - given_["v_out"]).abs().max()) < 1e-6


def test_its_power_is_what_both_rails_give_in_ngspice(in_ngspice):
    given_ = {k: torch.from_numpy(v) for k, v in in_ngspice.items()}
    power = given_["size"] * inverter().rail_power(given_["v_in"], given_["v_out"])
    # A source's current counts as positive where it absorbs.
    simulated = -SUPPLY_VOLTS * given_["current_dd"] + SUPPLY_VOLTS * given_["current_ss"]
    assert (power > 0).all()
    assert torch.allclose(power, simulated, rtol=1e-3, atol=0)


def _simulated(
    folder: Path, v_in: FloatArray, size: FloatArray, siemens: FloatArray, emf: FloatArray
) -> FloatArray:
    """V_out, i(vdd) and i(vss) (3, n) of each inverter, every one with rails of its own."""
    lines = ["* loaded inverters", *model_lines(technology(), folder)]
    lines += [".options gmin=1e-15 abstol=1e-15 reltol=1e-7 vntol=1e-10"]
    for k in range(len(v_in)):
        lines += [
            card.replace(" vdd", f" vdd{k}").replace(" vss", f" vss{k}")
            for card in inverter_lines(
                technology(),
                str(k),
                input_node=f"in{k}",
                output_node=f"out{k}",
                size=float(size[k]),
            )
        ]
        lines += [f"Vdd{k} vdd{k} 0 {SUPPLY_VOLTS}", f"Vss{k} vss{k} 0 {-SUPPLY_VOLTS}"]
        lines += [f"Vin{k} in{k} 0 {v_in[k]:.17g}", f"Vemf{k} emf{k} 0 {emf[k]:.17g}"]
        lines += [f"R{k} out{k} emf{k} {1 / siemens[k]:.17g}"]
    names = [
        name.format(k) for name in ("v(out{})", "i(vdd{})", "i(vss{})") for k in range(len(v_in))
    ]
    lines += [".control", "op", f"write result.raw {' '.join(names)}", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=folder, timeout_seconds=60)
    return np.array([x[0].real for x in run.require(names, points=1)]).reshape(3, -1)
