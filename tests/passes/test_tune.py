"""Sweeps: one value after the other is tried, one a field is chosen, and nothing is tried twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.artifacts.curves import CurveCandidates, VtcModels
from imnnc.artifacts.training import SweptTraining, Tuning
from imnnc.design import Sweep, TrainSpec
from imnnc.methods.rim import default_resistors
from imnnc.methods.tuning import Judgement, judge
from imnnc.passes.fit_tanh import FitTanh
from imnnc.passes.train import Train
from imnnc.passes.tune import Judge, Tune, sweep
from imnnc.physics.threads import one_thread
from tests.support.measured import curves, table
from tests.support.small import NETWORK, Watcher, artifacts, context
from tests.support.small import SPEC as LATIM

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
    folder: Path,
    spec: TrainSpec,
    judged_by: Judge = judge,
    candidates: CurveCandidates | None = None,
) -> tuple[VtcModels, Tuning]:
    if candidates is None:
        (candidates,) = FitTanh(spec).run(artifacts(), context(folder))
    models, tuned, _ = sweep(spec, artifacts(candidates), context(folder), judged_by)
    return models, tuned


class ByRate:
    """Judges without training, and remembers; those of a larger learning rate do better."""

    def __init__(self) -> None:
        self.seen: list[TrainSpec] = []

    def __call__(self, trial, training, held, checkpoint) -> Judgement:
        self.seen.append(trial.spec)
        rate = trial.spec.learning_rate
        error = abs(trial.curves.point.load_ohms - 1e5) * 1e-9
        return Judgement(rate, rate, error, 1e-6)


@pytest.fixture
def by_rate() -> ByRate:
    return ByRate()


def test_with_nothing_to_sweep_nothing_is_trained(tmp_path, by_rate):
    models, tuned = run(tmp_path, PHAX, by_rate)
    assert by_rate.seen == []
    assert tuned == Tuning()
    assert (models.design.point.size, models.design.point.load_ohms) == (5.0, 0.9e6)
    assert tuned.apply(PHAX, NETWORK) == (PHAX, NETWORK)


def test_latims_curves_are_no_matter_of_choice(tmp_path, by_rate):
    only = VtcModels((curves(),))
    models, tuned = run(tmp_path, LATIM, by_rate, CurveCandidates((only,)))
    assert models is only
    assert (by_rate.seen, tuned) == ([], Tuning())


def test_the_record_has_every_value_and_one_that_was_chosen_a_field(tmp_path):
    spec, watcher = swept(PHAX, RATES, LOADS), Watcher()
    (candidates,) = FitTanh(spec).run(artifacts(), context(tmp_path))
    models, tuned, kept = Tune(spec).run(artifacts(candidates), context(tmp_path, watcher))
    assert isinstance(models, VtcModels)
    assert isinstance(tuned, Tuning)
    assert isinstance(kept, SweptTraining)
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
        *(f"load_ohms: {done} of 3 tried" for done in (2, 3)),  # the first was tried with its rate
    ]


def test_the_best_trial_is_kept_and_not_trained_again(tmp_path, monkeypatch):
    spec = swept(PHAX, RATES)
    (candidates,) = FitTanh(spec).run(artifacts(), context(tmp_path))
    models, tuned, kept = Tune(spec).run(artifacts(candidates), context(tmp_path))
    assert isinstance(tuned, Tuning)
    (alone, other) = (tmp_path / name for name in ("alone", "other"))
    alone.mkdir()
    other.mkdir()
    again = Train(spec).run(artifacts(models, tuned, SweptTraining()), context(alone))
    taken = Train(spec).run(artifacts(models, tuned, kept), context(other))
    assert (alone / "scratch" / "checkpoint.pt").exists()
    assert not (other / "scratch" / "checkpoint.pt").exists()
    assert taken == (kept.network, kept.history)
    assert taken[1] == again[1]
    for layer, same in zip(taken[0].parameters.layers, again[0].parameters.layers, strict=True):
        assert np.array_equal(layer.g_plus_siemens, same.g_plus_siemens)
        assert np.array_equal(layer.size_minus, same.size_minus)


def test_a_later_sweep_starts_from_what_was_chosen_before(tmp_path, by_rate):
    models, tuned = run(tmp_path, swept(PHAX, RATES, LOADS), by_rate)
    assert [(x.learning_rate, x.load_ohms) for x in by_rate.seen] == [
        *((rate, 9e5) for rate in RATES.values),
        *((0.05, load) for load in LOADS.values[1:]),
    ]
    assert (tuned.names, tuned.values) == (("learning_rate", "load_ohms"), (0.05, 1e5))
    assert models.design.point.load_ohms == 1e5
    assert all(spec.sweeps == () for spec in by_rate.seen)


def test_fields_are_swept_in_the_same_order_however_the_source_has_them(tmp_path, by_rate):
    run(tmp_path, swept(PHAX, LOADS, RATES), by_rate)
    assert [spec.learning_rate for spec in by_rate.seen] == [0.01, 0.05, 0.05, 0.05]


def test_what_was_chosen_takes_the_place_of_what_the_source_has():
    spec = swept(PHAX, RATES)
    tuned = Tuning(("learning_rate", "load_ohms"), (0.05, 1e5))
    found, network = tuned.apply(spec, NETWORK)
    assert found == replace(spec, learning_rate=0.05, load_ohms=1e5)
    assert network == NETWORK


@pytest.mark.parametrize(("margin", "chosen"), [(0.02, 0.05), (0.005, 0.01)])
@pytest.mark.parametrize("scale", [1.0, 1e-6])
def test_a_regressions_margin_is_relative(tmp_path, scale, margin, chosen):
    def by_table(trial, training, held, checkpoint):
        # The larger rate has an error of 1 % more to the targets, and predicts better.
        mse, error = {0.01: (1.00, 2e-3), 0.05: (1.01, 1e-3)}[trial.spec.learning_rate]
        return Judgement(-mse * scale, -mse * scale, error, 1e-6)

    spec = replace(swept(PHAX, RATES), loss="mse", sweep_margin=margin)
    assert run(tmp_path, spec, by_table)[1].values == (chosen,)


@pytest.mark.parametrize(("margin", "chosen"), [(0.02, 0.05), (0.01, 0.05), (0.005, 0.01)])
@pytest.mark.parametrize("accuracy_margin", [0.0, 0.5])
def test_accuracies_have_the_margin_of_sweeps_and_not_that_of_sizes(
    tmp_path, margin, chosen, accuracy_margin
):
    def by_table(trial, training, held, checkpoint):
        # The larger rate is right in 1 % less, and predicts better.
        score, error = {0.01: (0.75, 2e-3), 0.05: (0.7400001, 1e-3)}[trial.spec.learning_rate]
        return Judgement(score, score, error, 1e-6)

    spec = replace(swept(PHAX, RATES), accuracy_margin=accuracy_margin, sweep_margin=margin)
    assert run(tmp_path, spec, by_table)[1].values == (chosen,)


def test_what_is_a_matter_of_power_is_as_cheap_as_the_margin_allows(tmp_path):
    weights = Sweep("energy_weight", (0.1, 1.0, 10.0))
    figures = {0.1: (0.9, 3e-6), 1.0: (0.896, 2e-6), 10.0: (0.8, 1e-6)}

    def by_table(trial, training, held, checkpoint):
        score, watts = figures[trial.spec.energy_weight]
        return Judgement(score, score, 1e-3, watts)

    found = []
    for margin in (0.0, 0.005, 0.2):
        folder = tmp_path / f"{margin:g}"
        folder.mkdir()
        _, tuned = run(folder, replace(swept(PHAX, weights), sweep_margin=margin), by_table)
        found += tuned.values
    assert found == [0.1, 1.0, 10.0]


def test_an_interrupted_sweep_does_not_repeat_what_it_has_tried(tmp_path, by_rate):
    spec = swept(PHAX, RATES, LOADS)

    def impatient(*arguments):
        if len(by_rate.seen) == 3:
            raise KeyboardInterrupt
        return by_rate(*arguments)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, spec, impatient)
    models, tuned = run(tmp_path, spec, by_rate)
    assert len(by_rate.seen) == 4  # each value once, in both runs together
    whole = tmp_path / "whole"
    whole.mkdir()
    assert run(whole, spec, by_rate) == (models, tuned)


def test_a_result_that_was_cut_off_is_found_out_again(tmp_path, by_rate):
    spec = swept(PHAX, RATES)
    _, tuned = run(tmp_path, spec, by_rate)
    (tmp_path / "scratch" / "learning_rate-1.json").write_text('{"score": 0.')
    assert run(tmp_path, spec, by_rate)[1] == tuned
    assert len(by_rate.seen) == 3


def test_a_value_that_was_interrupted_goes_on_from_its_checkpoint(tmp_path):
    spec = replace(swept(PHAX, RATES), epochs=4)
    whole = tmp_path / "whole"
    whole.mkdir()
    models, tuned = run(whole, spec)
    seen = []

    def watched(trial, training, held, checkpoint):
        seen.append(checkpoint.exists())
        return judge(trial, training, held, checkpoint)

    def interrupted(*arguments):
        watched(*arguments)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, spec, interrupted)
    assert run(tmp_path, spec, watched) == (models, tuned)
    assert seen == [False, True, False]


def test_without_a_resistor_rim_sweeps_around_the_output_resistance(tmp_path):
    spec = replace(PHAX, method="rim")
    models, tuned = run(tmp_path, spec)
    assert tuned.names == ("resistor_ohms",)
    assert tuple(x.value for x in tuned.tried) == default_resistors(table(), 5.0)
    assert models.design.point.resistor_ohms == tuned.values[0]
    # The more the resistors swamp the loads, the more power they take.
    watts = [x.power_watts for x in sorted(tuned.tried, key=lambda x: x.value)]
    assert watts[0] > watts[-1]


def test_a_resistor_of_the_source_is_no_choice(tmp_path, by_rate):
    models, tuned = run(tmp_path, replace(PHAX, method="rim", resistor_ohms=2e5), by_rate)
    assert (by_rate.seen, tuned) == ([], Tuning())
    assert models.design.point.resistor_ohms == 2e5


def test_resistors_are_those_of_the_size_that_was_chosen(tmp_path, by_rate):
    sizes = Sweep("size", (5.0, 2.0))
    models, tuned = run(tmp_path, swept(replace(PHAX, method="rim"), sizes), by_rate)
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
