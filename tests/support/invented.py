"""A comparison with invented figures, of which means and ratios are easy to say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from imnnc.artifacts.training import Quantisation, TrainingHistory, Tried, Tuning
from imnnc.compare.runs import Comparison, Run
from imnnc.design import Design, Memristor, MethodName, TrainSpec
from imnnc.encoding import DataSpec, Encoding
from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.measure.verification import (
    AtHold,
    CornerVerification,
    Dynamics,
    LayerError,
    Verification,
    WorstTransition,
)
from imnnc.passes.hold import HoldEnergy
from imnnc.physics.vtc import NominalPoint
from imnnc.tasks import EmitSpec, VerifySpec
from tests.support.networks import network, technology

METHODS: tuple[MethodName, ...] = ("phax", "rim", "latim")
NETWORK = network((4, 3, 2))
SAMPLES = 20
HOLD_SECONDS = 40e-9
# RMS errors in volts of the first seed; the second has 1.4 times as much.
ERROR = {"phax": 10e-3, "rim": 5e-3, "latim": 1e-3}
SECOND = 1.4
RAILS_JOULES = {"phax": 4e-12, "rim": 6e-12, "latim": 1e-12}
DELAY_SECONDS = {"phax": 20e-9, "rim": 40e-9, "latim": 10e-9}


def design(loss: str = "cross_entropy", data: str | None = "mnist") -> Design:
    volts = Encoding(0, 1, -0.25, 0.25)
    return Design(
        network=NETWORK,
        technology=technology(),
        memristor=Memristor("tio2", 1.2e-7, 1e-6, 256, 0.03),
        data=DataSpec(data, None, None, None, None, 1, None, None, volts, volts),
        trains=(TrainSpec("latim", loss),),  # type: ignore[arg-type]
        verify=VerifySpec(),
        emit=EmitSpec(),
        source_sha256="ab" * 32,
        path=Path("net.imnn"),
    )


AWAY = 2e-3  # volts RMS from where outputs settle, streamed


def run(
    method: MethodName,
    seed: int,
    *,
    classes: bool = True,
    swept: bool = True,
    moves: bool = True,
    error_volts: Mapping[str, float] = ERROR,
) -> Run:
    factor = SECOND ** (seed - 1)
    rms = error_volts[method] * factor
    random = np.random.default_rng(seed)
    simulated = random.uniform(-0.25, 0.25, (SAMPLES, NETWORK.output.width))
    found = CornerVerification(
        corner="tt",
        predicted_volts=simulated + random.normal(scale=rms, size=simulated.shape),
        simulated_volts=simulated,
        error=ErrorFigures(rms, 0.8 * rms, 3 * rms),
        layers=tuple(
            LayerError(layer.name, node, rms, 3 * rms)
            for layer in NETWORK.layers
            for node in ("net", "minus", "plus")
        ),
        accuracy=Accuracy(0.86, 0.80 + 0.02 * seed, 0.95) if classes else None,
        mse_predicted_v2=None if classes else 1e-4,
        mse_simulated_v2=None if classes else 2e-4 * factor,
        dynamics=Dynamics(
            10,
            DELAY_SECONDS[method],
            DELAY_SECONDS[method],
            RAILS_JOULES[method],
            9e-12,
            WorstTransition(3, 7, 1, 18, 380),
        )
        if moves
        else Dynamics(10, None, None, None, None, None, 1e-7, 2e-7),
        reduction_error_v=None,
        at_hold=AtHold(
            simulated,
            ErrorFigures(AWAY, 0.8 * AWAY, 3 * AWAY),
            ErrorFigures(AWAY + rms, 0.8 * (AWAY + rms), 3 * (AWAY + rms)),
            Accuracy(0.86, 0.8, 0.94) if classes else None,
            0.99 if classes else None,
            None if classes else 3e-4,
        )
        if moves
        else None,
    )
    sign = 1 if classes else -1
    tuning, resistor = Tuning(), None
    if method == "rim":
        resistor = 2e5
        tried = [
            Tried("resistor_ohms", 2e5, sign * 0.9, sign * 0.91, 1e-3, 3e-6, chosen=True),
            Tried("resistor_ohms", 5e5, sign * 0.8, sign * 0.81, 2e-3, 2e-6, chosen=False),
        ]
        tuning = Tuning(("resistor_ohms",), (2e5,), tuple(tried) if swept else ())
    return Run(
        method=method,
        seed=seed,
        verification=Verification(
            NETWORK.name, method, 0.005, "39", np.zeros(SAMPLES, np.int64), (found,)
        ),
        total_size=50.0,
        tuning=tuning if swept else Tuning(),
        point=None if method == "latim" else NominalPoint(5, 0.9e6, resistor),
        history=TrainingHistory((1.0, 0.5), (sign * 0.7, sign * 0.8)),
        quantisation=Quantisation(10_000, sign * 0.86, sign * 0.85),
        circuit_score=sign * (0.82 + 0.01 * seed),
        hold=HoldEnergy(HOLD_SECONDS, 2 * RAILS_JOULES[method], 20e-12) if moves else None,
    )


def comparison(
    methods: tuple[MethodName, ...] = METHODS,
    seeds: tuple[int, ...] = (1, 2),
    *,
    classes: bool = True,
    swept: bool = True,
    data: str | None = "mnist",
    reduced: bool = False,
    dead: tuple[MethodName, ...] = (),
    error_volts: Mapping[str, float] = ERROR,
) -> Comparison:
    """`dead` are the methods whose outputs do not move."""
    runs = tuple(
        run(
            method,
            seed,
            classes=classes,
            swept=swept,
            moves=method not in dead,
            error_volts=error_volts,
        )
        for method in methods
        for seed in seeds
    )
    return Comparison(design("cross_entropy" if classes else "mse", data), runs, reduced)
