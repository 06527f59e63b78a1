"""Which value of a sweep is best, and that the circuit is the judge of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.methods.choice import METHODS, trainable
from imnnc.methods.power import rail_power
from imnnc.methods.training import score, train
from imnnc.methods.tuning import JUDGED_BY_POWER, Judgement, Trial, best, judge
from imnnc.physics.inverter import Inverter
from tests.support.exact import CONDUCTANCES, voltages
from tests.support.measured import curves, inverter, table, tangents
from tests.support.points import blobs

SPEC = TrainSpec("phax", "cross_entropy", epochs=2, batch=16, learning_rate=0.05)
LAYERS = (Layer("hidden", 4, InverterSizes(1, 10)), Layer("kind", 3, InverterSizes(1, 10)))
NETWORK = Network("points", InputPort("x", 2, -0.25, 0.25), LAYERS)
MEMRISTOR = Memristor("tio2", *CONDUCTANCES, levels=64, variation=0.03)
CURVES = {
    "phax": tangents,
    "rim": lambda: tangents(5, 0.9e6, 2e5),
    "latim": curves,
}


def judgement(score: float, error_volts: float, power_watts: float) -> Judgement:
    return Judgement(score, score, error_volts, power_watts)


FOUND = [
    judgement(0.90, 5e-3, 4e-6),
    judgement(0.899, 2e-3, 3e-6),
    judgement(0.89, 1e-3, 2e-6),
    judgement(0.80, 0.1e-3, 1e-6),
]


@pytest.mark.parametrize("by_power", [False, True])
def test_what_does_not_move_is_chosen_where_nothing_else_is_left(by_power):
    dead = Judgement(0.9, 0.9, 1e-9, 1e-9, moves=False)
    assert best([dead, *FOUND], 1.0, by_power) == 4
    assert best([dead, judgement(0.5, 1e-3, 1e-6)], 0.1, by_power) == 0


@pytest.mark.parametrize(
    ("margin", "by_error", "by_power"),
    [(0.0, 0, 0), (0.002, 1, 1), (0.02, 2, 2), (1.0, 3, 3)],
)
def test_within_the_margin_of_the_best_score_the_smallest_error_or_power_is_chosen(
    margin, by_error, by_power
):
    assert best(FOUND, margin, by_power=False) == by_error
    assert best(FOUND, margin, by_power=True) == by_power


def test_error_and_power_are_two_different_questions():
    found = [judgement(0.9, 1e-3, 2e-6), judgement(0.9, 2e-3, 1e-6)]
    assert best(found, 0.0, by_power=False) == 0
    assert best(found, 0.0, by_power=True) == 1
    assert JUDGED_BY_POWER == ("energy_weight", "size")


def test_the_score_is_that_of_the_circuit_and_not_the_predicted_one():
    boastful, honest = Judgement(0.7, 1.0, 1e-3, 1e-6), Judgement(0.8, 0.8, 9e-3, 9e-6)
    assert best([boastful, honest], 0.01, by_power=False) == 1


def test_a_regression_has_scores_below_nothing():
    found = [judgement(-2e-4, 1e-3, 1e-6), judgement(-1e-4, 9e-3, 9e-6)]
    assert best(found, 0.002 * 1e-4, by_power=False) == 1
    assert best(found, 1.5e-4, by_power=False) == 0


def test_of_equals_the_first_in_the_source_is_chosen():
    assert best([FOUND[0], FOUND[0]], 0.0, by_power=False) == 0


@pytest.mark.parametrize("method", CURVES)
def test_a_value_is_judged_by_the_exact_voltages_of_the_network_that_it_trains(tmp_path, method):
    spec, fitted = replace(SPEC, method=method), CURVES[method]()
    training, held = blobs(60), blobs(seed=2)
    trial = Trial(NETWORK, MEMRISTOR, table(), fitted, spec)
    found = judge(trial, training, held, tmp_path / "judged.pt")

    model = trainable(spec.method, NETWORK, MEMRISTOR, fitted, spec.seed)
    train(
        model,
        Inverter(table(), next(model.parameters()).dtype),
        training,
        held,
        spec,
        checkpoint=tmp_path / "trained.pt",
        on_progress=lambda progress: None,
    )
    parameters, volts = model.found(), held.inputs.astype(float)
    exact = voltages(parameters, volts)
    readout = METHODS[spec.method].predictor(parameters, fitted).predict(volts)
    assert found.score == score(exact[-1].minus, held.targets, spec)
    assert found.predicted_score == score(readout, held.targets, spec)
    assert found.error_volts == pytest.approx(
        float(np.sqrt(np.mean((readout - exact[-1].minus) ** 2)))
    )
    assert found.power_watts == pytest.approx(rail_power(inverter(), parameters, exact))


def test_only_so_many_validation_samples_are_looked_at(tmp_path):
    trial = Trial(NETWORK, MEMRISTOR, table(), tangents(), SPEC)
    every = judge(trial, blobs(60), blobs(30, seed=2), tmp_path / "one.pt")
    held = blobs(30, seed=2)
    more = replace(
        held,
        inputs=np.concatenate([held.inputs, held.inputs]),
        targets=np.concatenate([held.targets, (held.targets + 1) % 3]),
    )
    again = judge(trial, blobs(60), more, tmp_path / "two.pt", samples=30)
    assert again.score == every.score
