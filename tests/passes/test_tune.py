"""Sweeps: one value after the other is tried, one a field is chosen, and nothing is tried twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imnnc.artifacts.curves import CurveCandidates, VtcModels
from imnnc.artifacts.training import Tuning
from imnnc.design import Sweep, TrainSpec
from imnnc.methods import tuning
from imnnc.methods.rim import default_resistors
from imnnc.methods.tuning import Judgement
from imnnc.passes.fit_tanh import FitTanh
from imnnc.passes.train import Train
from imnnc.passes.tune import Tune
from imnnc.physics.network import NetworkParameters
from imnnc.physics.threads import one_thread
from tests.support.measured import curves, table
from tests.support.small import SPEC as LATIM
from tests.support.small import Watcher, artifacts, context

PHAX = replace(LATIM, method="phax", epochs=2)
RATES = Sweep("learning_rate", (0.01, 0.05))
LOADS = Sweep("load_ohms", (9e5, 1e5, 3e6))


@pytest.fixture(autouse=True)
def single_thread():
    with one_thread():
        yield


def swept(spec: TrainSpec, *sweeps: Sweep) -> TrainSpec:
    """As the language has it: a field that is swept holds the first of its values."""
    return replace(spec, sweeps=sweeps, **{x.field: x.values[0] for x in sweeps})


def run(
    folder: Path, spec: TrainSpec, candidates: CurveCandidates | None = None, watcher=None
) -> tuple[VtcModels, Tuning]:
    if candidates is None:
        (candidates,) = FitTanh(spec).run(artifacts(), context(folder))
    given = artifacts(candidates)
    models, tuned = Tune(spec).run(given, context(folder, watcher))
    assert isinstance(models, VtcModels)
    assert isinstance(tuned, Tuning)
    return models, tuned


@pytest.fixture
def judged(monkeypatch) -> list[TrainSpec]:
    """The specifications that were trained by; those of a larger learning rate do better."""
    seen: list[TrainSpec] = []

    def judge(trial, training, held, checkpoint):
        seen.append(trial.spec)
        spec = trial.spec
        error = abs(trial.curves.point.load_ohms - 1e5) * 1e-9
        return Judgement(spec.learning_rate, spec.learning_rate, error, 1e-6)

    monkeypatch.setattr(tuning, "judge", judge)
    return seen


def test_with_nothing_to_sweep_nothing_is_trained(tmp_path, judged):
    models, tuned = run(tmp_path, PHAX)
    assert judged == []
    assert tuned == Tuning()
    assert (models.design.point.size, models.design.point.load_ohms) == (5.0, 0.9e6)
    assert tuned.apply(PHAX) == PHAX


def test_latims_curves_are_no_matter_of_choice(tmp_path, judged):
    only = VtcModels((curves(),))
    models, tuned = run(tmp_path, LATIM, CurveCandidates((only,)))
    assert models is only
    assert (judged, tuned) == ([], Tuning())


def test_the_record_has_every_value_and_one_that_was_chosen_a_field(tmp_path):
    watcher = Watcher()
    models, tuned = run(tmp_path, swept(PHAX, RATES, LOADS), watcher=watcher)
    assert [(x.field, x.value) for x in tuned.tried] == [
        *(("learning_rate", rate) for rate in RATES.values),
        *(("load_ohms", load) for load in LOADS.values),
    ]
    chosen = {x.field: x.value for x in tuned.tried if x.chosen}
    assert len([x for x in tuned.tried if x.chosen]) == len(chosen) == 2
    assert dict(zip(tuned.names, tuned.values, strict=True)) == chosen
    assert models.design.point.load_ohms == chosen["load_ohms"]
    for tried in tuned.tried:
        assert 0 < tried.score <= 1
        assert 0 < tried.error_volts < 0.1
        assert 1e-7 < tried.power_watts < 1e-4
    assert watcher.texts == [
        *(f"learning_rate: {done} of 2 tried" for done in (1, 2)),
        *(f"load_ohms: {done} of 3 tried" for done in (1, 2, 3)),
    ]


def test_the_best_trial_is_what_is_trained_afterwards(tmp_path, monkeypatch):
    found: list[NetworkParameters] = []

    def seen(parameters, curves):
        found.append(parameters)
        return predictor(parameters, curves)

    predictor = tuning.predictor
    monkeypatch.setattr(tuning, "predictor", seen)
    spec = swept(PHAX, RATES)
    models, tuned = run(tmp_path, spec)
    trained, _ = Train(spec).run(artifacts(models, tuned), context(tmp_path))
    best = found[RATES.values.index(tuned.values[0])]
    for ours, theirs in zip(trained.parameters.layers, best.layers, strict=True):
        assert (ours.g_plus_siemens == theirs.g_plus_siemens).all()
        assert (ours.g_minus_siemens == theirs.g_minus_siemens).all()


def test_a_later_sweep_starts_from_what_was_chosen_before(tmp_path, judged):
    models, tuned = run(tmp_path, swept(PHAX, RATES, LOADS))
    assert [(x.learning_rate, x.load_ohms) for x in judged] == [
        *((rate, 9e5) for rate in RATES.values),
        *((0.05, load) for load in LOADS.values),
    ]
    assert (tuned.names, tuned.values) == (("learning_rate", "load_ohms"), (0.05, 1e5))
    assert models.design.point.load_ohms == 1e5
    assert all(spec.sweeps == () for spec in judged)


def test_fields_are_swept_in_the_same_order_however_the_source_has_them(tmp_path, judged):
    run(tmp_path, swept(PHAX, LOADS, RATES))
    assert [spec.learning_rate for spec in judged] == [0.01, 0.05, 0.05, 0.05, 0.05]


def test_what_was_chosen_takes_the_place_of_what_the_source_has():
    spec = swept(PHAX, RATES)
    tuned = Tuning(("learning_rate", "load_ohms"), (0.05, 1e5))
    assert tuned.apply(spec) == replace(spec, learning_rate=0.05, load_ohms=1e5)


@pytest.mark.parametrize(("margin", "chosen"), [(0.02, 0.05), (0.005, 0.01)])
@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_a_regressions_margin_is_relative(tmp_path, monkeypatch, scale, margin, chosen):
    def judge(trial, training, held, checkpoint):
        # The larger rate has an error of 1 % more to the targets, and predicts better.
        mse, error = {0.01: (1.00, 2e-3), 0.05: (1.01, 1e-3)}[trial.spec.learning_rate]
        return Judgement(-mse * scale, -mse * scale, error, 1e-6)

    monkeypatch.setattr(tuning, "judge", judge)
    spec = replace(swept(PHAX, RATES), loss="mse", sweep_margin=margin)
    assert run(tmp_path, spec)[1].values == (chosen,)


@pytest.mark.parametrize(("margin", "chosen"), [(0.02, 0.05), (0.01, 0.05), (0.005, 0.01)])
@pytest.mark.parametrize("accuracy_margin", [0.0, 0.5])
def test_accuracies_have_the_margin_of_sweeps_and_not_that_of_sizes(
    tmp_path, monkeypatch, margin, chosen, accuracy_margin
):
    def judge(trial, training, held, checkpoint):
        # The larger rate is right in 1 % less, and predicts better.
        score, error = {0.01: (0.75, 2e-3), 0.05: (0.7400001, 1e-3)}[trial.spec.learning_rate]
        return Judgement(score, score, error, 1e-6)

    monkeypatch.setattr(tuning, "judge", judge)
    spec = replace(swept(PHAX, RATES), accuracy_margin=accuracy_margin, sweep_margin=margin)
    assert run(tmp_path, spec)[1].values == (chosen,)


def test_what_is_a_matter_of_power_is_as_cheap_as_the_margin_allows(tmp_path, monkeypatch):
    weights = Sweep("energy_weight", (0.1, 1.0, 10.0))
    figures = {0.1: (0.9, 3e-6), 1.0: (0.896, 2e-6), 10.0: (0.8, 1e-6)}

    def judge(trial, training, held, checkpoint):
        score, watts = figures[trial.spec.energy_weight]
        return Judgement(score, score, 1e-3, watts)

    monkeypatch.setattr(tuning, "judge", judge)
    found = []
    for margin in (0.0, 0.005, 0.2):
        folder = tmp_path / f"{margin:g}"
        folder.mkdir()
        _, tuned = run(folder, replace(swept(PHAX, weights), sweep_margin=margin))
        found += tuned.values
    assert found == [0.1, 1.0, 10.0]


def test_an_interrupted_sweep_does_not_repeat_what_it_has_tried(tmp_path, judged, monkeypatch):
    spec = swept(PHAX, RATES, LOADS)
    judge, calls = tuning.judge, []

    def impatient(*arguments):
        calls.append(arguments)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return judge(*arguments)

    monkeypatch.setattr(tuning, "judge", impatient)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, spec)
    assert len(judged) == 3
    models, tuned = run(tmp_path, spec)
    assert len(judged) == 5  # each value once, in both runs together
    whole = tmp_path / "whole"
    whole.mkdir()
    assert run(whole, spec) == (models, tuned)


def test_a_result_that_was_cut_off_is_found_out_again(tmp_path, judged):
    spec = swept(PHAX, RATES)
    _, tuned = run(tmp_path, spec)
    (tmp_path / "scratch" / "learning_rate-1.json").write_text('{"score": 0.')
    assert run(tmp_path, spec)[1] == tuned
    assert len(judged) == 3


def test_a_value_that_was_interrupted_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    spec = replace(swept(PHAX, RATES), epochs=4)
    whole = tmp_path / "whole"
    whole.mkdir()
    models, tuned = run(whole, spec)
    seen = []

    def watched(*arguments, checkpoint, **named):
        seen.append(checkpoint.exists())
        return train(*arguments, checkpoint=checkpoint, **named)

    train, predictor = tuning.train, tuning.predictor
    monkeypatch.setattr(tuning, "train", watched)
    monkeypatch.setattr(tuning, "predictor", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, spec)
    monkeypatch.setattr(tuning, "predictor", predictor)
    assert run(tmp_path, spec) == (models, tuned)
    assert seen == [False, True, False]


def interrupted(*arguments):
    raise KeyboardInterrupt


def test_without_a_resistor_rim_sweeps_around_the_output_resistance(tmp_path):
    spec = replace(PHAX, method="rim")
    models, tuned = run(tmp_path, spec)
    assert tuned.names == ("resistor_ohms",)
    assert tuple(x.value for x in tuned.tried) == default_resistors(table(), 5.0)
    assert models.design.point.resistor_ohms == tuned.values[0]
    # The more the resistors swamp the loads, the more power they take.
    watts = [x.power_watts for x in sorted(tuned.tried, key=lambda x: x.value)]
    assert watts[0] > watts[-1]


def test_a_resistor_of_the_source_is_no_choice(tmp_path, judged):
    models, tuned = run(tmp_path, replace(PHAX, method="rim", resistor_ohms=2e5))
    assert (judged, tuned) == ([], Tuning())
    assert models.design.point.resistor_ohms == 2e5


def test_resistors_are_those_of_the_size_that_was_chosen(tmp_path, judged):
    sizes = Sweep("size", (5.0, 2.0))
    models, tuned = run(tmp_path, swept(replace(PHAX, method="rim"), sizes))
    size = dict(zip(tuned.names, tuned.values, strict=True))["size"]
    tried = tuple(x.value for x in tuned.tried if x.field == "resistor_ohms")
    assert tried == default_resistors(table(), size)
    assert models.design.point.size == size


def test_curves_are_found_by_the_fields_of_their_point(tmp_path):
    (candidates,) = FitTanh(swept(PHAX, LOADS)).run(artifacts(), context(tmp_path))
    assert candidates.values("load_ohms", {}) == LOADS.values
    assert candidates.values("load_ohms", {"size": 5.0, "load_ohms": 1e5}) == (1e5,)
    assert candidates.values("resistor_ohms", {}) == (None,)
    assert candidates.at({"load_ohms": 3e6}).design.point.load_ohms == 3e6
    assert candidates.at({}).design.point.load_ohms == 9e5
