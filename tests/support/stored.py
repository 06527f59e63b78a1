"""A network of 4-5-3 compiled from stored parameters, so that nothing has to be trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import imnnc
from imnnc.api import Compilation
from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.stored import StoredNetwork
from imnnc.artifacts.training import Sizing, TrainingHistory, Tuning
from imnnc.files.artifact import write_artifact
from imnnc.physics.memristor import program
from imnnc.physics.network import NetworkParameters
from tests.support.exact import network
from tests.support.measured import curves, table
from tests.support.small import MEMRISTOR, dataset

SAMPLES = 6
SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 800 nS   levels 64   variation 3 % }
network points {
    input  x[4] in -0.25 V .. 0.25 V
    layer  layer0[5]  { inverter size 1 .. 10 }
    output layer1[3]  { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train latim { loss cross_entropy   epochs 2 }
verify { samples 6   corners ff   tolerance 5 mV }
emit ngspice, programming csv
"""


def stored_network(*corners: str, parameters: NetworkParameters | None = None) -> StoredNetwork:
    """Cells and whole sizes at random unless given, and the small curves of the tests."""
    parameters = parameters or network((4, 5, 3))
    sizes = tuple(layer.size_minus for layer in parameters.layers)
    return StoredNetwork(
        "latim",
        parameters,
        program(parameters, MEMRISTOR),
        VtcModels(tuple(curves(corner) for corner in corners)),
        Tuning(),
        TrainingHistory((1.0, 0.5), (0.3, 0.6)),
        Sizing(50.0, 40.0, 2e-6, 1e-6, 0.6, 0.6, sizes, sizes),
        table(corners[0]),
    )


def write_stored(path: Path, stored: StoredNetwork) -> Path:
    write_artifact(path, "network", stored)
    return path


def write_source(folder: Path, source: str = SOURCE) -> Path:
    data = dataset()
    for name, inputs, targets in (
        ("points.csv", data.train_inputs, data.train_targets),
        ("test.csv", data.test_inputs, data.test_targets),
    ):
        np.savetxt(folder / name, np.column_stack([inputs, targets]), "%.6g", ",")
    path = folder / "points.imnn"
    path.write_text(source)
    return path


def compile_points(folder: Path, source: str = SOURCE, **options: object) -> Compilation:
    params = write_stored(folder / "stored.npz", stored_network("tt", "ff"))
    return imnnc.compile(
        write_source(folder, source),
        folder / "out",
        **{"params": params, "jobs": 1, "cache": folder / "cache", **options},
    )
