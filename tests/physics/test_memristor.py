"""Wanted conductances become levels of a device, as resistances of nine digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imnnc.design import Memristor
from imnnc.physics.memristor import level_siemens, program
from imnnc.physics.network import CrossbarProgram, LayerParameters, NetworkParameters

TIO2 = Memristor("tio2", 1.2e-7, 1e-6, levels=12, variation=0.03)
CONTINUOUS = replace(TIO2, levels=None)
LEVEL_SIEMENS = 8e-8


def network(*siemens: float) -> NetworkParameters:
    """One layer whose plus cells are `siemens`, and whose minus cells are the smallest."""
    plus = np.array(siemens)[:, None]
    sizes = np.array([3.0]), np.array([2.0])
    return NetworkParameters((LayerParameters("out", plus, np.full_like(plus, 1.2e-7), *sizes),))


def levels(programmed: CrossbarProgram) -> list[int]:
    found = programmed.crossbars[0].level_plus
    assert found is not None
    return found[:, 0].tolist()


def siemens(programmed: CrossbarProgram) -> list[float]:
    return programmed.parameters().layers[0].g_plus_siemens[:, 0].tolist()


def test_levels_are_equally_spaced_from_the_smallest_conductance():
    assert np.allclose(level_siemens(TIO2), 1.2e-7 + LEVEL_SIEMENS * np.arange(12))


def test_a_cell_goes_to_the_nearest_level():
    assert levels(program(network(1.2e-7, 1.59e-7, 1.61e-7, 1e-6), TIO2)) == [0, 0, 1, 11]


def test_beyond_the_range_a_cell_goes_to_the_nearest_end():
    for device in (TIO2, CONTINUOUS):
        programmed = program(network(0.0, 1e-9, 5e-6), device)
        assert np.allclose(siemens(programmed), [1.2e-7, 1.2e-7, 1e-6], rtol=1e-8)


def test_a_programmed_resistance_has_nine_digits():
    ohms = program(network(3e-7, 7e-7), CONTINUOUS).crossbars[0].ohms_plus[:, 0]
    assert ohms.tolist() == [3333333.33, 1428571.43]
    assert siemens(program(network(3e-7), CONTINUOUS)) == [1 / 3333333.33]


def test_a_continuous_device_has_no_levels():
    crossbar = program(network(3e-7), CONTINUOUS).crossbars[0]
    assert crossbar.level_plus is None
    assert crossbar.level_minus is None


def test_sizes_and_names_pass_through():
    programmed = program(network(3e-7), TIO2)
    (layer,) = programmed.parameters().layers
    assert (layer.name, layer.size_minus.tolist(), layer.size_plus.tolist()) == ("out", [3], [2])
    assert (programmed.memristor, programmed.tolerance) == ("tio2", 0.03)


wanted = st.lists(st.floats(1.2e-7, 1e-6), min_size=1, max_size=6)


@settings(deadline=None, derandomize=True)
@given(wanted)
def test_no_cell_is_further_off_than_half_a_level(wanted_siemens):
    found = siemens(program(network(*wanted_siemens), TIO2))
    assert np.abs(np.array(found) - wanted_siemens).max() <= LEVEL_SIEMENS / 2 + 1e-14


@settings(deadline=None, derandomize=True)
@given(wanted)
def test_what_is_programmed_is_programmed_to_itself(wanted_siemens):
    for device in (TIO2, CONTINUOUS):
        once = program(network(*wanted_siemens), device)
        again = program(once.parameters(), device)
        assert again.crossbars[0].ohms_plus.tolist() == once.crossbars[0].ohms_plus.tolist()
