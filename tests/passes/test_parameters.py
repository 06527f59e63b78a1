"""Stored parameters make the same network again, and no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.training import SizedNetwork, Tried, Tuning
from imnnc.diagnostics import CompileError, Diagnostic
from imnnc.engine.base import Artifacts
from imnnc.files.codec import fingerprint
from imnnc.measure.evaluate import load_predictor
from imnnc.methods.phax import PhaxPredictor
from imnnc.parasitics import Parasitics
from imnnc.passes.load_parameters import LoadParameters
from imnnc.physics.memristor import program
from tests.support.exact import network
from tests.support.measured import tangents
from tests.support.networks import technology
from tests.support.small import MEMRISTOR, NETWORK, context
from tests.support.stored import compile_points, stored_network, write_stored


def load(folder: Path, *extra: str, stored=None, network=None, **conditions: object) -> list[str]:
    """Load stored curves of `tt` and `ff`; the corners of what is handed on, in their order."""
    stored = stored or stored_network("tt", "ff")
    path = write_stored(folder / "params.npz", stored)
    layers = tuple(
        replace(layer, name=f"layer{number}") for number, layer in enumerate(NETWORK.layers)
    )
    network = network or replace(NETWORK, layers=layers)
    known = (network, technology(**conditions), MEMRISTOR)
    inputs = Artifacts({type(artifact): artifact for artifact in known})
    models, _, _, sized, _ = LoadParameters(path, extra).run(inputs, context(folder))
    assert isinstance(models, VtcModels)
    assert isinstance(sized, SizedNetwork)
    assert sized.parameters.parasitics == stored.parameters.parasitics
    return [model.corner for model in models.models]


def refusal(folder: Path, *extra: str, **what: object) -> Diagnostic:
    with pytest.raises(CompileError) as caught:
        load(folder, *extra, **what)
    return caught.value.diagnostics[0]


def test_what_is_stored_is_read(tmp_path):
    stored = stored_network("tt")
    found = read_stored(write_stored(tmp_path / "params.npz", stored))
    for before, after in zip(stored.parameters.layers, found.parameters.layers, strict=True):
        assert np.array_equal(before.g_plus_siemens, after.g_plus_siemens)
        assert np.array_equal(before.size_plus, after.size_plus)
    assert np.array_equal(
        found.vtc.design.minus.hidden_weight, stored.vtc.design.minus.hidden_weight
    )
    assert found.history == stored.history
    assert found.tuning == stored.tuning
    assert fingerprint(found.table) == fingerprint(stored.table)


def test_what_a_sweep_has_found_and_the_tangents_it_chose_are_stored_as_well(tmp_path):
    tried = Tried("resistor_ohms", 2e5, 0.9, 0.9, 1e-3, 1e-6, chosen=True)
    stored = replace(
        stored_network("tt"),
        method="rim",
        parameters=replace(network((4, 5, 3)), parasitics=Parasitics(2e5)),
        vtc=VtcModels((tangents(5, 0.9e6, 2e5),)),
        tuning=Tuning(("resistor_ohms",), (2e5,), (tried,)),
    )
    stored = replace(stored, program=program(stored.parameters, MEMRISTOR))
    found = read_stored(write_stored(tmp_path / "params.npz", stored))
    assert (found.method, found.vtc, found.tuning) == ("rim", stored.vtc, stored.tuning)
    assert found.parameters.parasitics == found.program.parasitics == Parasitics(2e5)
    assert load(tmp_path, stored=stored) == ["tt"]
    model = load_predictor(tmp_path)
    assert isinstance(model, PhaxPredictor)
    assert model.parameters.parasitics == Parasitics(2e5)


def test_the_curves_at_the_corner_of_the_technology_come_first(tmp_path):
    assert load(tmp_path) == ["tt"]
    assert load(tmp_path, "ff") == ["tt", "ff"]
    assert load(tmp_path, corner="ff") == ["ff"]
    assert load(tmp_path, "tt", "ff", corner="ff") == ["ff", "tt"]


@pytest.mark.parametrize(("extra", "corner"), [(("ss",), "tt"), ((), "ss")])
def test_a_corner_without_curves_is_refused(tmp_path, extra, corner):
    diagnostic = refusal(tmp_path, *extra, corner=corner)
    assert diagnostic.code == "IM421"
    assert diagnostic.message == ("`params.npz` has no curves for corner `ss`, it has `tt`, `ff`")


def test_curves_for_another_supply_are_refused(tmp_path):
    diagnostic = refusal(tmp_path, supply_volts=0.3)
    assert diagnostic.code == "IM422"
    assert diagnostic.message == (
        "`params.npz` holds curves for a supply of 0.25 V, the source describes 0.3 V"
    )


def test_a_network_of_another_shape_is_refused(tmp_path):
    diagnostic = refusal(tmp_path, network=NETWORK)
    assert diagnostic.code == "IM420"
    assert diagnostic.span == NETWORK.span
    assert diagnostic.message == (
        "`params.npz` holds the parameters of another network: `layer0` 4-5, `layer1` 5-3,"
        " the source describes `hidden` 4-5, `kind` 5-3"
    )


def test_a_damaged_file_is_refused(tmp_path):
    path = write_stored(tmp_path / "params.npz", stored_network("tt"))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CompileError) as caught:
        read_stored(path)
    assert caught.value.diagnostics[0].code in {"IM511", "IM512", "IM513", "IM514"}


def test_the_plan_says_what_to_simulate_and_how_to_judge_it(points):
    plan = read_plan(points.out / "stimuli.npz")
    assert plan.corners == ("tt", "ff")
    assert plan.supply_volts == 0.25
    assert plan.loss == "cross_entropy"
    assert plan.spec.tolerance_volts == 0.005
    assert plan.stimuli.inputs_volts.shape == (6, 4)


def test_the_predictor_of_a_folder_predicts_the_cells_as_programmed(points):
    inputs = read_plan(points.out / "stimuli.npz").stimuli.inputs_volts
    assert np.array_equal(points.predict(inputs), load_predictor(points.out).predict(inputs))
    stored = read_stored(points.out / "params.npz")
    predicted = load_predictor(points.out).parameters.layers[0].g_plus_siemens
    assert np.array_equal(predicted, 1 / stored.program.crossbars[0].ohms_plus)


def test_from_its_own_parameters_a_network_compiles_to_the_same_bytes(points, tmp_path):
    again = compile_points(tmp_path, params=points.out / "params.npz")
    for path in sorted(points.out.rglob("*")):
        if path.is_file() and path.name not in {"timings.json", "manifest.json"}:
            assert (again.out / path.relative_to(points.out)).read_bytes() == path.read_bytes()
