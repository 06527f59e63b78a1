"""What supplies and sources give: all of it adds up, and ngspice gives the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.methods.base import LayerVoltages
from imnnc.methods.power import rail_power
from imnnc.physics.currents import SourceCurrents, source_currents
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import OperatingPoints
from tests.support.circuits import CORNERS, loaded, samples, simulated, solver
from tests.support.measured import SUPPLY_VOLTS, inverter, table

RESISTORS = (None, 1e6, 3e4)


def at_rest(
    of: NetworkParameters, inputs: FloatArray, corner: str = "tt"
) -> tuple[SourceCurrents, OperatingPoints]:
    found = solver(corner).solve(of, inputs).require()
    return source_currents(solver(corner).inverter, of, inputs, found.layers), found


networks = st.builds(
    lambda widths, seed, exponent, ohms: loaded(widths, seed, 10.0**exponent, resistor_ohms=ohms),
    st.lists(st.integers(1, 7), min_size=2, max_size=5),
    st.integers(0, 10_000),
    st.floats(-2, 2),
    st.sampled_from(RESISTORS),
)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(of=networks, corner=st.sampled_from(CORNERS))
def test_what_all_sources_give_the_resistors_take_to_ground(of, corner):
    currents, found = at_rest(of, samples(4, of.layers[0].inputs), corner)
    given_ = (
        *(currents.rail_plus, currents.rail_minus, currents.bias_plus, currents.bias_minus),
        *(currents.inputs_plus.sum(1), currents.inputs_minus.sum(1)),
    )
    taken = of.parasitics.output_siemens * sum((x.plus + x.minus).sum(1) for x in found.layers)
    # Nodes are off by less than a nanovolt, currents by some parts in 10^9.
    assert np.abs(sum(given_) - taken).max() < 1e-8 * np.abs(given_).sum(0).max()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(of=networks)
def test_all_that_sources_give_is_positive_and_more_than_the_rails_give_alone(of):
    inputs = samples(4, of.layers[0].inputs)
    currents, _ = at_rest(of, inputs)
    assert (currents.rails_watts() > 0).all()
    assert (currents.all_sources_watts(inputs) > 0).all()


def test_the_power_of_the_rails_is_that_of_the_inverters():
    of, inputs = loaded((4, 5, 3), resistor_ohms=1e6), samples(6, 4)
    currents, found = at_rest(of, inputs)
    expected = rail_power(inverter(), of, [LayerVoltages(*x) for x in found.layers])
    assert currents.rails_watts().mean() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("corner", "widths", "load", "resistor_ohms"),
    [
        ("tt", (4, 5, 3), 1.0, None),
        ("ff", (3, 4, 3, 2), 10.0, None),
        ("ss", (3, 4, 3, 2), 0.3, 1e5),
        ("sf", (4, 3), 1.0, None),
        ("fs", (4, 5, 3), 1.0, 3e4),
    ],
)
def test_ngspice_has_the_same_power_and_the_same_currents(
    tmp_path, corner, widths, load, resistor_ohms
):
    of = loaded(widths, 4, load, resistor_ohms=resistor_ohms)
    inputs = samples(4, widths[0])
    currents, _ = at_rest(of, inputs, corner)
    rails, everything = currents.rails_watts(), currents.all_sources_watts(inputs)
    for number, volts in enumerate(inputs):
        folder = tmp_path / str(number)
        folder.mkdir()
        amperes = simulated(folder, of, volts, corner).amperes
        expected = SUPPLY_VOLTS * (amperes["dd"] - amperes["ss"])
        assert rails[number] == pytest.approx(expected, rel=1e-6)
        expected += SUPPLY_VOLTS * (amperes["bias_plus"] - amperes["bias_minus"])
        for row, volt in enumerate(volts):
            expected += volt * (amperes[f"pixels_plus_{row}"] - amperes[f"pixels_minus_{row}"])
        assert everything[number] == pytest.approx(expected, rel=1e-6)
        for mine, name in (
            (currents.rail_plus[number], "dd"),
            (currents.rail_minus[number], "ss"),
            (currents.bias_plus[number], "bias_plus"),
            (currents.bias_minus[number], "bias_minus"),
            *((x, f"pixels_plus_{row}") for row, x in enumerate(currents.inputs_plus[number])),
            *((x, f"pixels_minus_{row}") for row, x in enumerate(currents.inputs_minus[number])),
        ):
            assert mine == pytest.approx(amperes[name], rel=1e-6, abs=1e-15)


def test_an_inverter_takes_from_the_supply_what_was_measured():
    at = np.linspace(table().low_volts, table().high_volts, len(table().rail_amperes))
    inside = np.flatnonzero(np.abs(at) <= SUPPLY_VOLTS)[::7]
    v_in, v_out = (torch.from_numpy(x) for x in np.meshgrid(at[inside], at[inside], indexing="ij"))
    found = inverter().supply_current(v_in, v_out).numpy()
    measured = table().rail_amperes[np.ix_(inside, inside)]
    assert np.abs(found - measured).max() < 1e-9 * np.abs(measured).max()


def test_what_it_takes_and_does_not_give_to_its_load_goes_to_the_other_rail():
    of, inputs = loaded((4, 3), seed=2), samples(5, 4)
    currents, found = at_rest(of, inputs)
    # One layer whose outputs have no load: what comes from one rail goes to the other.
    assert np.allclose(currents.rail_plus, -currents.rail_minus, rtol=1e-9, atol=0)
    nodes, layer = found.layers[0], of.layers[0]
    by_hand = sum(
        inverter().supply_current(torch.from_numpy(v_in), torch.from_numpy(v_out)).numpy() @ sizes
        for v_in, v_out, sizes in (
            (nodes.net, nodes.minus, layer.size_minus),
            (nodes.minus, nodes.plus, layer.size_plus),
        )
    )
    assert np.allclose(currents.rail_plus, by_hand, rtol=1e-12)


def test_an_input_at_the_voltage_of_its_column_gives_nothing():
    # All cells alike: columns are at 0, and so are inputs of 0.
    of = loaded((3, 2), decades=0)
    currents, _ = at_rest(of, np.zeros((1, 3)))
    assert np.abs(currents.inputs_plus).max() < 1e-20
    assert np.abs(currents.inputs_minus).max() < 1e-20
    # Two columns between bias cells of 1 uS, 0.25 V across each of them.
    assert currents.bias_plus == pytest.approx(2 * SUPPLY_VOLTS * 1e-6)
    assert currents.bias_minus == pytest.approx(-2 * SUPPLY_VOLTS * 1e-6)


def test_currents_are_of_the_shapes_of_samples_and_inputs():
    currents, _ = at_rest(loaded((4, 5, 3)), samples(6, 4))
    assert currents.rail_plus.shape == currents.bias_minus.shape == (6,)
    assert currents.inputs_plus.shape == currents.inputs_minus.shape == (6, 4)
    assert currents.rails_watts().shape == (6,)
    assert currents.all_sources_watts(samples(6, 4)).shape == (6,)
