"""Everything that a report is made of, invented, and the report that is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import (
    Quantisation,
    Sizing,
    StartingModel,
    TrainingHistory,
    Tried,
    Tuning,
)
from imnnc.data import Dataset, Scaling
from imnnc.design import Memristor, Network, Technology
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.files.files import write_json
from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.measure.recorded import Recorded, recorded
from imnnc.measure.verification import (
    CornerVerification,
    Dynamics,
    LayerError,
    Verification,
    WorstTransition,
)
from imnnc.passes.chips import ChipFiles
from imnnc.passes.emit_dialects import DialectFiles
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import ParameterFiles
from imnnc.passes.emit_programming import ProgrammingFiles
from imnnc.passes.report import WriteReport
from imnnc.passes.verify import VerificationFiles
from imnnc.physics.network import CrossbarProgram
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveNetwork, CurveScales, VtcModel
from tests.support import networks
from tests.support.measured import tangents
from tests.support.toys import Silent

SCALES = CurveScales(0.25, 1e-6, 1e-6, 4e-5)


def curve(seed: int, rms: float, largest: float) -> CurveNetwork:
    random = np.random.default_rng(seed)
    return CurveNetwork(
        SCALES,
        random.normal(size=(2, 4)),
        random.normal(size=4),
        random.normal(size=(4, 7)),
        random.normal(size=7),
        rms,
        largest,
    )


def corner(name: str, of: Network, samples: int, *, classes: bool) -> CornerVerification:
    random = np.random.default_rng(5)
    simulated = random.uniform(-0.25, 0.25, (samples, of.output.width))
    return CornerVerification(
        name,
        simulated + random.normal(scale=1e-3, size=simulated.shape),
        simulated,
        ErrorFigures(1.01e-3, 0.8e-3, 3.03e-3),
        tuple(
            LayerError(layer.name, node, rms, 3 * rms)
            for layer in of.layers
            for node, rms in (("net", 4.6e-17), ("minus", 1.01e-3), ("plus", 2e-3))
        ),
        Accuracy(0.85, 0.84, 0.99) if classes else None,
        None if classes else 0.0123,
        None if classes else 0.0124,
        Dynamics(
            10,
            2.5e-8,
            2.5e-8,
            1.46e-12,
            8.16e-12,
            WorstTransition(3, 4, 0, 12, 380),
            recorded=step(of.output.width),
        ),
        None,
    )


def step(outputs: int) -> Recorded:
    """Outputs that settle exponentially, the first of them last."""
    seconds = np.linspace(0.0, 60e-9, 301)
    ends = 0.2 * np.cos(np.arange(outputs))
    volts = ends * (1 - np.exp(-seconds[:, None] * 1e8 * (1 + np.arange(outputs))))
    return recorded(seconds, volts, ends, 0, 2.5e-8)


def artifacts(
    folder: Path,
    widths: tuple[int, ...] = (4, 3, 2),
    *,
    classes: bool = True,
    levels: bool = True,
    corners: tuple[str, ...] = ("tt",),
    samples: int = 20,
    pair: bool = False,
    picture: tuple[int, int] | None = None,
    source: str = "digits.npz",
) -> dict[type, object]:
    """Everything that a report is made of, invented."""
    of = networks.network(widths)
    program = networks.program(of, with_levels=levels)
    sign = 1 if classes else -1
    tests = max(40, samples)
    grid = np.zeros((10, 10))
    files = {
        NgspiceFiles: ["sample.ngspice.sp", "sample.tb.ngspice.sp", "models/lvt90.lib"]
        + [f"sample.ngspice.cells.{layer.name}.inc" for layer in of.layers],
        DialectFiles: ["sample.cdl", "sample.verilog.sv", "sample.veriloga.va"],
        ParameterFiles: ["params.npz", "stimuli.npz"],
        ProgrammingFiles: ["program/index.json", "program/hidden.csv"],
        VerificationFiles: ["verify.json"],
        ChipFiles: ["chips.json"],
    }
    collected = {}
    for kind, names in files.items():
        for name in names:
            path = folder / kind.__name__ / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    write_json(folder / ChipFiles.__name__ / "chips.json", chips(classes))
    for kind in files:
        collected[kind] = kind.collect(folder / kind.__name__)
    return {
        Technology: networks.technology(),
        Network: of,
        Memristor: Memristor("tio2", 1.2e-7, 1e-6, networks.LEVELS if levels else None, 0.03),
        Scaling: Scaling(
            source,
            "as they stand",
            0.0,
            16.0,
            -0.25,
            0.25,
            1000,
            300,
            widths[0],
            1,
            picture=picture,
        ),
        InverterTables: InverterTables(
            (InverterTable("lvt90", "tt", 27, 0.25, -1, 1, grid, grid, 2e-15, 1e-15, "ngspice 39"),)
        ),
        VtcModels: VtcModels(
            (tangents(),)
            if pair
            else tuple(VtcModel(x, curve(1, 1.2e-4, 8e-4), curve(2, 1e-4, 6e-4)) for x in corners)
        ),
        StartingModel: StartingModel(),
        Tuning: Tuning(
            ("learning_rate",),
            (0.04,),
            (
                Tried("learning_rate", 0.02, sign * 0.7, sign * 0.71, 1e-3, 1e-6, chosen=False),
                Tried("learning_rate", 0.04, sign * 0.75, sign * 0.76, 2e-3, 2e-6, chosen=True),
            ),
        ),
        TrainingHistory: TrainingHistory((2.0, 1.0, 0.5), (sign * 0.5, sign * 0.75, sign * 0.7)),
        Sizing: Sizing(
            40.123456789,
            30.0,
            1.5e-6,
            1.2e-6,
            sign * 0.75,
            sign * 0.74,
            tuple(x + 0.3 for x in program.size_minus),
            program.size_plus,
        ),
        CrossbarProgram: program,
        Quantisation: Quantisation(10000, sign * 0.8541, sign * 0.8537),
        Dataset: Dataset(
            np.zeros((3, widths[0]), np.float32),
            np.zeros(3, np.int64),
            np.random.default_rng(8).uniform(-0.25, 0.25, (tests, widths[0])).astype(np.float32),
            np.arange(tests) % widths[-1],
        ),
        Verification: Verification(
            "sample",
            "phax" if pair else "latim",
            0.005,
            "39",
            np.arange(samples) % widths[-1],
            tuple(corner(x, of, samples, classes=classes) for x in corners),
        ),
        **collected,
    }


def chips(classes: bool) -> dict[str, object]:
    """The content of `chips.json`, invented."""
    figures = {"mean": 0.61, "sd": 0.05, "tail": 0.523, "worst": 0.5}
    return {
        "chips": 200,
        "samples": 1000,
        "accuracy" if classes else "target_mse_v2": {"nominal": 0.84, **figures},
        "yield": {"goal": 0.6, "share": 0.55, "low": 0.48, "high": 0.62, "wanted": 0.95},
        "power_w": {"all_sources": {"mean": 2e-6, "sd": 1e-7}},
        "causes": {},
        "each_chip": [0.5, 0.6, 0.7],
    }


def report(known: dict[type, object], folder: Path, loss: str = "cross_entropy") -> tuple[str, str]:
    """The texts of `report.html` and `summary.json`."""
    graph = PassGraph([WriteReport(loss)], known)  # type: ignore[arg-type]
    runner = Runner(Store(folder / "cache"), Silent(), LocalProcesses(1), 60.0)
    out = folder / "out"
    out.mkdir()
    runner.run(graph.plan(["report"]), known, lambda results: results.copy_files(out))
    assert sorted(x.name for x in out.iterdir()) == ["report.html", "summary.json"]
    return tuple((out / name).read_text() for name in ("report.html", "summary.json"))  # type: ignore[return-value]
