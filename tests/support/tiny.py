"""A network of 4-3-3 that three methods train in a second each, and a cache with its curves."""

from __future__ import annotations

from pathlib import Path

from imnnc.artifacts.curves import CurveCandidates, InverterTables, VtcModels
from imnnc.engine.store import Store, key
from imnnc.files.codec import fingerprint
from imnnc.lang import load_design
from imnnc.passes.pipeline import Settings, build_graph
from tests.support.measured import curves, table
from tests.support.stored import write_source

SOURCE = """
technology lvt90
memristor tio2 { conductance 120 nS .. 800 nS   levels 64 }
network tiny {
    input  x[4] in -0.25 V .. 0.25 V
    layer  hidden[3] { inverter size 1 .. 10 }
    output kind[3]   { inverter size 1 .. 10 }
}
data { file "points.csv"   test_file "test.csv"   encode -0.25 .. 0.25 -> -0.25 V .. 0.25 V }
train latim { loss cross_entropy   epochs 3   batch 16 }
train phax  { loss cross_entropy   epochs 3   batch 16   load 0.9 MOhm, 3 MOhm }
train rim   { loss cross_entropy   epochs 3   batch 16   resistor 300 kOhm }
verify { samples 5   tolerance 0.1 mV   transient_samples 2 }
emit ngspice, programming csv
"""


def write(folder: Path) -> Path:
    """The source and its samples."""
    return write_source(folder, SOURCE)


def filled_cache(folder: Path, source: Path) -> Path:
    """A cache in which LATIM's curves are already: the small ones of the tests."""
    fit = build_graph(load_design(source, method="latim"), Settings()).passes["fit-vtc"]
    name = key(fit, (fingerprint(InverterTables((table(),))),))
    Store(folder).put(name, (CurveCandidates((VtcModels((curves(),)),)),), 0.0, ())
    return folder
