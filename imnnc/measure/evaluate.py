"""A network's files on any number of samples: the exact operating points, and ngspice on a few.

Everything comes from the output folder: cells and sizes as programmed, the inverter's table, and
for the proof the netlists themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imnnc.artifacts.reading import check_volts, in_netlist, read_folder, read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE
from imnnc.design import Loss
from imnnc.diagnostics import fail
from imnnc.engine.device import PROCESSOR
from imnnc.measure.figures import ErrorFigures, error_figures, target_mse
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import rounded
from imnnc.methods.base import Predictor
from imnnc.physics.network import FloatArray

SCHEMA = 1
# How far any node of the solved circuit may be from ngspice: what the solver promises.
PROOF_LIMIT_VOLTS = 1e-6


@dataclass(frozen=True)
class Spread:
    """How a figure is distributed over samples."""

    mean: float
    sd: float
    min: float
    median: float
    max: float

    @staticmethod
    def of(values: FloatArray) -> Spread:
        """The spread of one value a sample."""
        return Spread(
            float(values.mean()),
            float(values.std()),
            float(values.min()),
            float(np.median(values)),
            float(values.max()),
        )


@dataclass(frozen=True)
class Evaluation:
    """What a network does on all samples; `circuit` is the exact operating point."""

    network: str
    method: str
    samples: int
    accuracy: Mapping[str, float] | None  # circuit, predicted, agreement
    target_mse_v2: Mapping[str, float] | None  # circuit, predicted
    prediction_error: ErrorFigures  # the method's own prediction against the circuit
    rails_watts: Spread
    all_sources_watts: Spread
    rounds: int  # the most that any sample took
    proven: int  # samples that ngspice simulated
    proof_error: ErrorFigures | None  # the circuit's read-out against ngspice's
    proof_worst_volts: float | None  # of any node
    reduced: bool = False  # whether ngspice simulated the first crossbar as its equivalents
    without_leaks: bool = False  # whether cells that are not formed are left out, as in the netlist

    @property
    def passed(self) -> bool:
        """Whether ngspice agrees, where it was asked."""
        return self.proof_worst_volts is None or self.proof_worst_volts <= PROOF_LIMIT_VOLTS

    def to_json(self) -> dict[str, Any]:
        """The content of `evaluate.json`, SI units, six digits."""
        tree: dict[str, Any] = {
            "schema": SCHEMA,
            "network": self.network,
            "method": self.method,
            "samples": self.samples,
            "accuracy": self.accuracy,
            "target_mse_v2": self.target_mse_v2,
            "prediction_error_v": asdict(self.prediction_error),
            "power_w": {
                "rails": asdict(self.rails_watts),
                "all_sources": asdict(self.all_sources_watts),
            },
            "rounds": self.rounds,
            "ngspice": None,
            **({"without_leaks": True} if self.without_leaks else {}),
        }
        if self.proof_error is not None:
            tree["ngspice"] = {
                "samples": self.proven,
                "error_v": asdict(self.proof_error),
                "worst_node_v": self.proof_worst_volts,
                "limit_v": PROOF_LIMIT_VOLTS,
                "passed": self.passed,
                **({"reduced": True} if self.reduced else {}),
            }
        content: dict[str, Any] = rounded(tree)
        return content


def evaluate_folder(
    folder: Path,
    inputs_volts: FloatArray | None,
    targets: NDArray[Any] | None,
    *,
    sha256: Mapping[str, str] | None,
    prove: int,
    seed: int,
    simulation: Simulation,
    device: str = PROCESSOR.name,
) -> Evaluation:
    """Solve the operating points of all samples, and have ngspice simulate `prove` of them.

    Args:
        folder: an output folder.
        inputs_volts: (S, N); None: the samples that the folder was verified with, and theirs.
        sha256: of each of its files, which they must have; None: they may be any.
        targets: (S,) classes, or (S, M) volts at the read-out; None: not known.
        prove: how many samples ngspice simulates, drawn at random; 0: none.
        seed: of that draw.
        simulation: how ngspice is run; its jobs are the solver's threads as well.
        device: what solves.

    Raises:
        CompileError: IM332 where an operating point is not found, IM716 where the samples are
            not of this network, and what `verify_folder` raises.
    """
    import torch

    from imnnc.methods.choice import METHODS
    from imnnc.physics.currents import source_currents
    from imnnc.physics.devices import room_on
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.operating_point import OperatingPointSolver

    stored, plan = read_folder(folder)
    if inputs_volts is None:
        inputs_volts, targets = plan.stimuli.inputs_volts, plan.stimuli.targets
    parameters = in_netlist(stored, plan)
    width = parameters.layers[0].inputs
    if inputs_volts.ndim != 2 or not len(inputs_volts):
        shape = inputs_volts.shape
        raise fail("IM716", f"the network has {width} inputs, the samples have the shape {shape}")
    check_volts(inputs_volts, width, plan.supply_volts)
    _check(inputs_volts, targets, plan.network.output.width, plan.loss)
    inverter = Inverter(stored.table)
    threads = torch.get_num_threads()
    torch.set_num_threads(simulation.jobs)
    try:
        with room_on(device):
            solver = OperatingPointSolver(inverter, device=device)
            found = solver.solve(parameters, inputs_volts).require()
        simulation.progress.update(0.3, "operating points solved")
        model = METHODS[stored.method].predictor(parameters, stored.vtc.design)
        predicted = model.predict(inputs_volts)
        currents = source_currents(inverter, parameters, inputs_volts, found.layers)
    finally:
        torch.set_num_threads(threads)
    simulation.progress.update(0.6, "currents summed")
    readout = found.layers[-1].minus
    accuracy = mse = None
    if targets is not None and plan.loss == "cross_entropy":
        by_circuit, by_method = readout.argmax(1), predicted.argmax(1)
        accuracy = {
            "circuit": float((by_circuit == targets).mean()),
            "predicted": float((by_method == targets).mean()),
            "agreement": float((by_circuit == by_method).mean()),
        }
    elif targets is not None:
        mse = {
            "circuit": target_mse(readout, targets),
            "predicted": target_mse(predicted, targets),
        }
    proof_error = worst = None
    reduced = False
    chosen = np.sort(np.random.default_rng(seed).permutation(len(inputs_volts))[: max(0, prove)])
    if len(chosen):
        from imnnc.measure.bench import Bench
        from imnnc.measure.copied import copied

        with copied(folder, sha256) as copy:
            bench = Bench(copy, simulation)
            reduced, simulated = bench.reduces, bench.simulate(inputs_volts[chosen])
        proof_error = error_figures(readout[chosen], simulated[-1]["minus"])
        worst = max(
            float(np.abs(getattr(nodes, node)[chosen] - volts).max())
            for nodes, circuit in zip(found.layers, simulated, strict=True)
            for node, volts in circuit.items()
        )
    return Evaluation(
        plan.network.name,
        stored.method,
        len(inputs_volts),
        accuracy,
        mse,
        error_figures(predicted, readout),
        Spread.of(currents.rails_watts()),
        Spread.of(currents.all_sources_watts(inputs_volts)),
        int(found.rounds.max(initial=0)),
        len(chosen),
        proof_error,
        worst,
        reduced,
        bool(plan.without_leaks),
    )


def _check(inputs: FloatArray, targets: NDArray[Any] | None, outputs: int, loss: Loss) -> None:
    if targets is None:
        return
    wanted = (len(inputs),) if loss == "cross_entropy" else (len(inputs), outputs)
    if targets.shape != wanted:
        raise fail("IM716", f"targets must have the shape {wanted}, they have {targets.shape}")
    if loss == "cross_entropy" and not np.isin(targets, range(outputs)).all():
        raise fail("IM716", f"targets must be classes from 0 to {outputs - 1}, some are not")


def load_predictor(folder: Path) -> Predictor:
    """The model of the network in an output folder, cells as programmed."""
    from imnnc.methods.choice import METHODS

    stored = read_stored(folder / PARAMETERS_FILE)
    return METHODS[stored.method].predictor(stored.program.parameters(), stored.vtc.design)
