"""Training for chips: what is drawn, what sizes and cells feel of it, and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from imnnc.design import InputPort, InverterSizes, Layer, Memristor, Network, TrainSpec
from imnnc.methods.choice import trainable
from imnnc.methods.conditions import ONE_CHIP, Conditions, as_made
from imnnc.methods.judging import Judge
from imnnc.methods.trainable import TrainableNetwork
from imnnc.methods.training import Epoch, train
from imnnc.physics.chips import Chip, ChipSolver, Spread
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices, apart
from imnnc.physics.network import FloatArray, GateVolts, NeuronGates
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.physics.vtc import NominalPoint, TableModel, TanhPair
from tests.support.exact import CONDUCTANCES, inputs
from tests.support.measured import SUPPLY_VOLTS, curves, inverter, table, tangents
from tests.support.points import blobs

SIZES = InverterSizes(1, 40)
MEMRISTOR = Memristor("tio2", *CONDUCTANCES, levels=64, variation=0.0)
NETWORK = Network(
    "points",
    InputPort("x", 2, -SUPPLY_VOLTS, SUPPLY_VOLTS),
    (Layer("hidden", 6, SIZES, unformed=(0.25,)), Layer("kind", 3, SIZES)),
)
SPEC = TrainSpec("latim", "cross_entropy", epochs=4, batch=16, learning_rate=0.05)
SPREAD = Spread(0.03, 0.03, 0.05, False, 0.02, 0.02, 0.02, *CONDUCTANCES)
EVERY = Conditions.of([table()], SPREAD)
CURVES = {
    "latim": curves,
    "phax": tangents,
    "rim": lambda: tangents(5, 0.9e6, 2e5),
    "equilibrium": lambda: TableModel(table()),
}


def model_of(method: str = "latim", network: Network = NETWORK) -> TrainableNetwork:
    return trainable(method, network, MEMRISTOR, CURVES[method](), 1)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def trained(
    folder: Path,
    conditions: Conditions = EVERY,
    spec: TrainSpec = SPEC,
    model: TrainableNetwork | None = None,
) -> tuple[TrainableNetwork, tuple[Epoch, ...]]:
    folder.mkdir(exist_ok=True)
    model = model or model_of()
    history = train(
        model,
        Inverter(table(), torch.float32),
        blobs(),
        blobs(30, seed=2),
        spec,
        checkpoint=folder / "checkpoint.pt",
        on_progress=lambda _: None,
        conditions=conditions,
    )
    return model, history


def bits(model: TrainableNetwork) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}


# What is drawn


def test_a_threshold_falls_with_the_root_of_the_size_and_sizes_have_its_gradient():
    model = model_of()
    model.make(EVERY, 0, 5, generator())
    with torch.no_grad():
        model.rho[0].copy_(torch.linspace(-3, 3, 12))
    sizes, net = model.sizes(0), torch.zeros(6, 5)
    (normal,) = (drawn[0] for drawn in [EVERY.draw([(6, 6), (14, 3)], 5, generator())])
    volts = 0.03 * np.hypot(*(0.4663, 0.5337))
    for offset, of, drawn in (
        (model.seen(0, net), sizes[6:], normal.minus),
        (model.shift(0), sizes[:6], normal.plus),
    ):
        assert torch.allclose(offset, volts * drawn / of.sqrt()[:, None], rtol=1e-3)
        slopes = -(offset / (2 * of[:, None])).sum(1).detach()
        (expected,) = torch.autograd.grad((slopes * of).sum(), model.rho[0], retain_graph=True)
        (found,) = torch.autograd.grad(offset.sum(), model.rho[0])
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-7)


# LATIM holds slopes to loads where they are.
@pytest.mark.parametrize(
    ("method", "tolerance"),
    [("equilibrium", 0.02), ("phax", 0.02), ("rim", 0.02), ("latim", 0.25)],
)
def test_the_gradients_of_sizes_are_finite_differences(method, tolerance):
    model = model_of(method)
    with torch.no_grad():
        model.rho[0].copy_(torch.linspace(-2, 2, 12))
    x = torch.from_numpy(blobs().inputs)[:40]
    for _ in range(40):  # until LATIM knows the means of columns
        model(x)
    weights = torch.randn(3, 40, generator=generator(4))

    def answer() -> Tensor:
        # Large draws, so that thresholds and not loads are what sizes change.
        model.make(Conditions(Spread(up_volts=0.1), (0.1,)), 0, 40, generator(2))
        return (model.eval()(x)[-1].minus * weights).sum()

    answer().backward()
    way = torch.randn(12, generator=generator(3))
    slope = float(model.rho[0].grad @ way)
    step, found = 0.02, []
    for sign in (1, -1):
        with torch.no_grad():
            model.rho[0].add_(sign * step * way)
            found.append(float(answer()))
            model.rho[0].sub_(sign * step * way)
    assert slope == pytest.approx((found[0] - found[1]) / (2 * step), rel=tolerance, abs=1e-3)


@pytest.mark.parametrize(
    ("method", "limit_volts"),
    [("equilibrium", 2e-6), ("latim", 3e-3), ("phax", 0.03), ("rim", 0.03)],
)
def test_a_chip_of_training_is_that_of_the_exact_circuit(method, limit_volts):
    network = replace(
        NETWORK, layers=(replace(NETWORK.layers[0], unformed=None), *NETWORK.layers[1:])
    )
    model, volts = model_of(method, network).eval(), inputs(30, 2)
    conditions = Conditions(Spread(up_volts=0.05, down_volts=0.05), (0.05,))
    model.make(conditions, 0, 1, generator())
    of, drawn = model.found(), conditions.draw([(6, 6), (14, 3)], 1, generator())

    def off(normal: Tensor, sizes: FloatArray) -> GateVolts:
        offset = 0.05 * normal[:, 0].double().numpy() / np.sqrt(sizes)
        return GateVolts(offset, offset)

    gates = tuple(
        NeuronGates(off(layer.minus, x.size_minus), off(layer.plus, x.size_plus))
        for layer, x in zip(drawn, of.layers, strict=True)
    )
    solver = ChipSolver(inverter(), Devices(apart(table())))
    exact, nominal = (
        solver.solve(Chip(0, of, which, 0.0, 1), volts).layers[-1].minus for which in (gates, None)
    )
    with torch.no_grad():
        found = model(torch.from_numpy(volts.astype(np.float32)))[-1].minus.T.double().numpy()
        model.be_nominal()
        unmoved = model(torch.from_numpy(volts.astype(np.float32)))[-1].minus.T.double().numpy()
    error = (found - unmoved) - (exact - nominal)
    assert np.sqrt(np.mean(error**2)) < limit_volts
    assert np.sqrt(np.mean((exact - nominal) ** 2)) > 0.02


def test_cells_come_out_as_those_of_chips_do():
    random = generator()
    conditions = Conditions(replace(SPREAD, stuck_low=0.0, stuck_high=0.0), (0.0,))
    cells = torch.full((300, 200), 4e-7)
    for lognormal in (False, True):
        spread = replace(conditions.spread, lognormal=lognormal)
        (drawn,) = Conditions(spread, (0.0,)).draw([(300, 200)], 1, random)
        ratio = as_made(cells, drawn, spread) / cells
        assert float(ratio.mean()) == pytest.approx(1, abs=1e-3)
        assert float(ratio.std()) == pytest.approx(0.05, rel=0.02)
    (drawn,) = EVERY.draw([(300, 200)], 1, random)
    made = as_made(cells, drawn, SPREAD)
    for siemens in CONDUCTANCES:
        assert float((made == siemens).double().mean()) == pytest.approx(0.02, abs=0.003)


def test_cells_that_are_not_formed_stay_as_they_are_and_others_have_gradients():
    model = model_of()
    model.form(1.0)
    formed = model.get_buffer("formed_0")
    before = torch.cat([model.crossbar(0).rows, model.crossbar(0).bias])
    model.make(EVERY, 0, 4, generator())
    after = torch.cat([model.crossbar(0).rows, model.crossbar(0).bias])
    assert torch.equal(after[~formed], before[~formed])
    assert (after[formed] != before[formed]).all()
    model(torch.from_numpy(blobs().inputs)[:4])[-1].minus.square().sum().backward()
    assert torch.isfinite(model.theta_rows[0].grad).all()
    assert model.theta_rows[0].grad.any()


def test_read_noise_is_that_of_chips():
    spread = Spread(read_noise=0.02)
    model = model_of("equilibrium").eval()
    one = torch.from_numpy(inputs(1, 2).astype(np.float32)).repeat(4000, 1)
    model.make(Conditions.of([table()], spread), 0, 4000, generator())
    with torch.no_grad():
        found = model(one)[0].net.double().numpy().std(1)
    solver = ChipSolver(inverter(), Devices(apart(table())))
    chip = Chip(0, model.found(), None, 0.02, 1)
    exact = solver.solve(chip, one.double().numpy()).layers[0].net.std(0)
    assert found == pytest.approx(exact, rel=0.06)


# Training


def test_where_nothing_differs_training_ends_in_the_same_bits_as_without(tmp_path):
    nominal, _ = trained(tmp_path / "nominal", ONE_CHIP)
    alike, _ = trained(tmp_path / "alike", Conditions.of([table()], Spread()))
    assert bits(alike) == bits(nominal)


@pytest.mark.parametrize("calls", [2, 9, 17])  # 6 batches an epoch, then 8 of validation
def test_interrupted_and_resumed_it_ends_in_the_same_bits(tmp_path, calls):
    whole, history = trained(tmp_path / "whole")

    class Interrupted(type(whole)):  # type: ignore[misc]
        left = calls

        def forward(self, inputs_volts: Tensor) -> Sequence[object]:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return super().forward(inputs_volts)

    model = model_of()
    model.__class__ = Interrupted
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "parts", model=model)
    resumed, again = trained(tmp_path / "parts")
    assert bits(resumed) == bits(whole)
    assert again == history


def test_chips_of_validation_are_the_same_in_every_epoch(tmp_path):
    # Nothing moves, so neither does the score.
    spec = replace(SPEC, method="phax", learning_rate=1e-9, energy_weight=0.0)
    fixed = replace(NETWORK, layers=tuple(replace(x, unformed=None) for x in NETWORK.layers))
    _, history = trained(tmp_path, spec=spec, model=model_of("phax", fixed))
    assert len({epoch.score for epoch in history}) == 1


def test_trained_for_chips_it_does_better_on_chips_that_it_has_not_seen(tmp_path):
    spread = Spread(0.06, 0.06, 0.1)
    judge = Judge([table()], spread, blobs(300, seed=7), SPEC)
    scores, sizes = [], []
    for name, conditions in (("without", ONE_CHIP), ("with", Conditions.of([table()], spread))):
        found = trained(tmp_path / name, conditions, replace(SPEC, epochs=30))[0].found()
        scores.append(judge.score(found))
        sizes.append(sum(layer.size_minus.sum() for layer in found.layers))
    assert scores[1] > scores[0] + 0.02
    assert sizes[1] > 1.3 * sizes[0]


def test_chips_that_judge_are_the_same_whatever_the_samples_and_none_where_nothing_differs():
    of = model_of().found()
    held = blobs(60, seed=2)
    nominal = Judge([table()], None, held, SPEC).score(of)
    assert Judge([table()], Spread(), held, SPEC).score(of) == nominal
    noisy = Judge([table()], SPREAD, held, SPEC)
    assert noisy.score(of) == noisy.score(of)


# Corners


def tangents_at(corner: str) -> TanhPair:
    return fit_tanh_pair(table(corner), NominalPoint(5, 0.9e6))


@pytest.mark.parametrize(
    ("method", "known"),
    [
        ("latim", curves),
        ("phax", tangents_at),
        ("equilibrium", lambda corner: TableModel(table(corner))),
    ],
)
def test_at_a_corner_it_is_the_network_that_was_made_of_that_corner_alone(method, known):
    pair = [known(corner) for corner in ("tt", "ff")]
    both = trainable(method, NETWORK, MEMRISTOR, pair[0], 1, pair).eval()
    x = torch.from_numpy(blobs().inputs)[:10]
    conditions = Conditions.of([table(), table("ff")], None)
    for corner, alone in enumerate(pair):
        both.make(conditions, corner, len(x), generator())
        expected = trainable(method, NETWORK, MEMRISTOR, alone, 1).eval()(x)[-1].minus
        assert torch.equal(both(x)[-1].minus, expected)


def test_trained_over_corners_it_does_better_at_skewed_ones(tmp_path):
    tables = [table(corner) for corner in ("tt", "sf", "fs")]
    known = [TableModel(x) for x in tables]
    held, scores = blobs(300, seed=7), []
    spec = replace(SPEC, method="equilibrium", epochs=12)
    for name, at in (("one", known[:1]), ("all", known)):
        model = trainable("equilibrium", NETWORK, MEMRISTOR, known[0], 1, at)
        conditions = Conditions.of(tables[: len(at)], None)
        trained(tmp_path / name, conditions, spec, model)
        scores.append(Judge(tables[1:], None, held, SPEC).score(model.found()))
    assert scores[1] > scores[0] + 0.02


def test_widths_are_what_crossbars_are_drawn_for():
    shapes = [(2 * n + 2, m) for n, m in pairwise((2, 6, 3))]
    drawn = EVERY.draw(shapes, 7, generator())
    assert [layer.minus.shape for layer in drawn] == [(6, 7), (3, 7)]
    assert [layer.cells.shape for layer in drawn] == shapes
    assert Conditions.of([table(), table("ss")], None).draw(shapes, 7, generator()) is None
