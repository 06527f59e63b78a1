"""What is measured of a network whose wires and cells have capacitances."""

from __future__ import annotations

import pytest

from imnnc.measure.folder import verify_folder
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import CornerVerification
from tests.measure.test_wires import INPUTS, SOURCE
from tests.support.large import compile_large
from tests.support.stored import SOURCE as POINTS
from tests.support.stored import compile_points

FARADS = "capacitance row 1 fF   column 2 fF   cell 0.2 fF"


def points(**settings: str) -> str:
    block = "   ".join([FARADS, *settings.values()])
    return POINTS.replace("network points", f"crossbar {{ {block} }}\nnetwork points").replace(
        "corners ff   ", ""
    )


def verified(folder, source: str, *, reduce: bool) -> CornerVerification:
    return verify_folder(folder, sha256=None, simulation=Simulation(reduce=reduce)).design


def test_of_the_reduced_crossbar_delay_and_energy_are_those_of_the_whole(tmp_path):
    compiled = compile_points(tmp_path, points())
    whole, reduced = (verified(compiled.out, points(), reduce=x) for x in (False, True))
    assert reduced.reduction_error_v < 1e-6
    for figure in ("delay_s", "energy_rails_j", "energy_all_sources_j"):
        assert getattr(reduced.dynamics, figure) == pytest.approx(
            getattr(whole.dynamics, figure), rel=2e-3
        )
    assert reduced.delay_estimated_s == pytest.approx(whole.dynamics.delay_s, rel=0.03)
    assert compiled.summary["capacitances"][0] == {
        "name": "layer0",
        "row_f": 1e-15,
        "column_f": 2e-15,
        "cell_f": 2e-16,
    }


def test_where_wires_have_resistance_transients_are_of_the_whole(tmp_path):
    source = points(wire="wire row 200 Ohm   column 500 Ohm")
    compiled = compile_points(tmp_path, source)
    whole, reduced = (verified(compiled.out, source, reduce=x) for x in (False, True))
    assert reduced.reduction_error_v < 1e-6
    assert reduced.dynamics.energy_all_sources_j == pytest.approx(
        whole.dynamics.energy_all_sources_j, rel=1e-6
    )
    assert "reduction_in_time" not in compiled.verification


def test_beyond_the_simulator_it_is_said_what_lumping_does(tmp_path):
    source = SOURCE.replace("crossbar {", f"crossbar {{ {FARADS}")
    compiled = compile_large(tmp_path, source, INPUTS)
    found = compiled.verification
    assert found["reduction_tile"] == {"rows": 104, "columns": 20}
    in_time = found["reduction_in_time"]
    assert 0.0 < in_time["error_v"] < 0.1 * in_time["swing_v"]
    assert found["delay_estimated_s"] == pytest.approx(found["delay_s"], rel=0.1)
