"""The pass that fits the curves refuses those that miss, and covers every load there can be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.design import InverterSizes, Layer, Sweep, TrainSpec
from imnnc.diagnostics import CompileError
from imnnc.engine.base import Artifacts
from imnnc.methods.rim import default_resistors
from imnnc.passes.fit_tanh import FitTanh
from imnnc.passes.fit_vtc import FitVtc, largest_load
from imnnc.physics.threads import one_thread
from imnnc.physics.vtc import NominalPoint
from tests.support.measured import LARGEST_LOAD_SIEMENS, table
from tests.support.small import MEMRISTOR, NETWORK, SPAN, Watcher, artifacts, context


@pytest.fixture(autouse=True)
def single_thread():
    with one_thread():
        yield


@pytest.mark.parametrize(
    ("columns", "smallest", "siemens"),
    [
        (3, 1, 4e-6),  # 3 cells of 0.8 uS
        (5, 1, 4e-6),  # 5 cells make 4 uS
        (6, 1, 1.6e-5),
        (6, 2, 4e-6),
        (1, 10, 2.5e-7),
    ],
)
def test_the_largest_load_is_a_row_of_the_largest_cells_on_the_smallest_inverter(
    columns, smallest, siemens
):
    sizes = InverterSizes(smallest, 10)
    layers = (Layer("hidden", 5, sizes), Layer("kind", columns, sizes))
    assert largest_load(replace(NETWORK, layers=layers), MEMRISTOR) == siemens


def test_the_readout_has_no_load_to_count():
    layers = (Layer("kind", 50, InverterSizes(1, 10)),)
    assert largest_load(replace(NETWORK, layers=layers), MEMRISTOR) == 1e-6


def only_curves(provided: tuple[object, ...]) -> VtcModels:
    """The curves of a method that leaves no choice among them."""
    (candidates,) = provided
    assert isinstance(candidates, CurveCandidates)
    (models,) = candidates.candidates
    assert isinstance(models, VtcModels)
    return models


def test_good_curves_are_kept_with_their_errors(tmp_path):
    watcher = Watcher()
    fit = FitVtc(LARGEST_LOAD_SIEMENS, hidden=12, terms=5, rounds=2)
    (model,) = only_curves(fit.run(artifacts(), context(tmp_path, watcher))).models
    assert model.corner == "tt"
    for network in (model.minus, model.plus):
        assert network.rms_error_volts <= 0.3e-3
        assert network.max_error_volts <= 2e-3
        assert network.scales.g_max_siemens == LARGEST_LOAD_SIEMENS
    assert watcher.fractions == [0.5, 1.0]
    assert {text.split(":")[0] for text in watcher.texts} == {"tt V-", "tt V+"}
    assert {text.split(", ")[-1] for text in watcher.texts} == {"fitted"}


def test_curves_that_come_with_the_compiler_are_not_fitted(tmp_path):
    watcher = Watcher()
    (model,) = only_curves(
        FitVtc(LARGEST_LOAD_SIEMENS).run(artifacts(), context(tmp_path, watcher))
    ).models
    assert watcher.fractions == [0.5, 1.0]
    assert {text.split(", ")[-1] for text in watcher.texts} == {"shipped"}
    assert model.minus.rms_error_volts <= 0.3e-3


def test_corners_are_fitted_where_their_curves_do_not_come_with_the_compiler(tmp_path):
    watcher = Watcher()
    slow = replace(table("ss"), temperature_celsius=85.0)
    fit = FitVtc(LARGEST_LOAD_SIEMENS)
    found = fit.fitted((table(), slow), context(tmp_path, watcher))
    assert [next(found)[:2] for _ in range(2)] == [("tt", "minus"), ("tt", "plus")]
    assert watcher.fractions == [0.25, 0.5]
    found.close()  # before ten seconds of fitting


def test_curves_that_miss_are_refused(tmp_path):
    fit = FitVtc(LARGEST_LOAD_SIEMENS, hidden=2, terms=1, rounds=1, span=SPAN)
    (found,) = fit.run(artifacts(), context(tmp_path))
    assert found.candidates == ()
    with pytest.raises(CompileError) as caught:
        fit.accept(Artifacts({CurveCandidates: found}))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM330"
    assert diagnostic.span == SPAN
    assert diagnostic.message.startswith(
        f"the curve network of V{'-' if found.missed.node == 'minus' else '+'} at corner `tt`"
        " misses its target: RMS "
    )
    assert diagnostic.message.endswith("mV (at most 2)")
    assert diagnostic.help == (
        "`train equilibrium` needs no curves; or give them more room:"
        " `--set fit-vtc.hidden=10`, `--set fit-vtc.terms=3`, or `--set fit-vtc.rounds=2`"
    )


def test_every_corner_gets_its_curves(tmp_path):
    fit = FitVtc(LARGEST_LOAD_SIEMENS, hidden=2, terms=1, rounds=1)
    found = {
        (corner, node): network
        for corner, node, network in fit.fitted((table("ss"), table("ff")), context(tmp_path))
    }
    assert sorted(found) == [(x, y) for x in ("ff", "ss") for y in ("minus", "plus")]
    on = [found[corner, "minus"].scales.g_on_siemens for corner in ("ss", "ff")]
    assert on[0] < on[1]  # slow transistors carry less


def test_after_a_curve_that_misses_no_other_is_begun(tmp_path):
    fit = FitVtc(LARGEST_LOAD_SIEMENS, hidden=2, terms=1, rounds=1)
    watcher = Watcher()
    inputs = Artifacts({InverterTables: InverterTables((table("ss"), table("ff")))})
    fit.run(inputs, context(tmp_path, watcher))
    assert watcher.fractions == [0.25]


def test_tangents_are_fitted_at_every_point_at_all_corners(tmp_path):
    tables = InverterTables((table("ss"), table("ff")))
    loads = Sweep("load_ohms", (9e5, 3e5))
    spec = TrainSpec("phax", "cross_entropy", size=3, sweeps=(loads,))
    (curves,) = FitTanh(spec).run(Artifacts({InverterTables: tables}), context(tmp_path))
    assert [
        (model.corner, model.point) for models in curves.candidates for model in models.models
    ] == [
        ("ss", NominalPoint(3, 9e5)),
        ("ff", NominalPoint(3, 9e5)),
        ("ss", NominalPoint(3, 3e5)),
        ("ff", NominalPoint(3, 3e5)),
    ]


def test_the_resistors_of_all_corners_are_those_of_the_designs_corner(tmp_path):
    tables = InverterTables((table("ss"), table("ff")))
    spec = TrainSpec("rim", "cross_entropy")
    (curves,) = FitTanh(spec).run(Artifacts({InverterTables: tables}), context(tmp_path))
    ohms = default_resistors(table("ss"), 5.0)
    assert ohms != default_resistors(table("ff"), 5.0)
    for models, expected in zip(curves.candidates, ohms, strict=True):
        assert [model.point.resistor_ohms for model in models.models] == [expected] * 2
