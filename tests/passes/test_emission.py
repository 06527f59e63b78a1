"""The passes from a programmed network to files, on real data and a real technology."""

from pathlib import Path

import numpy as np
import pytest

from imnnc.artifacts.curves import InverterTables
from imnnc.artifacts.stored import Stimuli
from imnnc.circuit.ir import Circuit
from imnnc.data import Dataset
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.files.codec import fingerprint
from imnnc.lang import load_design
from imnnc.passes.characterize import Characterize
from imnnc.passes.emit_ngspice import EmitNgspice, NgspiceFiles
from imnnc.passes.emit_programming import EmitProgramming
from imnnc.passes.load_data import LoadData
from imnnc.passes.netlist import Netlist
from imnnc.passes.pipeline import roots
from imnnc.passes.stimuli import ChooseStimuli
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from tests.support.toys import Silent

SOURCE = """
technology lvt90 { corner tt }
memristor tio2 { conductance 120 nS .. 1 uS }
network flowers {
    input  flower[4] in -0.25 V .. 0.25 V
    output label[3]  { inverter size 1 .. 10 }
}
data { set iris   encode 0 .. 1 -> -0.25 V .. 0.25 V }
train latim { loss cross_entropy }
"""


def program() -> CrossbarProgram:
    rng = np.random.default_rng(1)
    ohms = [np.round(rng.uniform(1e6, 8e6, (5, 3))) for _ in range(2)]
    sizes = (np.array([1.0, 2.0, 3.0]),)
    return CrossbarProgram(
        "tio2", 0.03, (ProgrammedCrossbar("label", *ohms, None, None),), sizes, sizes
    )


def emit(tmp_path: Path, finish, *, source: str = SOURCE, reporter=None, samples: int = 5):
    path = tmp_path / "flowers.imnn"
    path.write_text(source)
    design = load_design(path)
    passes = [
        LoadData(design.data, design.train.loss, design.train.seed),
        Characterize(("ff",)),
        ChooseStimuli(samples),
        Netlist(),
        EmitNgspice(design.train.method, design.source_sha256),
        EmitProgramming(),
    ]
    known = {**roots(design), CrossbarProgram: program()}
    graph = PassGraph(passes, known)
    runner = Runner(Store(tmp_path / "cache"), reporter or Silent(), LocalProcesses(1), 60.0)
    return runner.run(graph.plan(graph.passes), known, finish)


def test_the_files_of_a_network(tmp_path):
    (tmp_path / "out").mkdir()
    emit(tmp_path, lambda results: results.copy_files(tmp_path / "out"))
    names = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")}
    assert names == {
        "flowers.ngspice.sp",
        "flowers.ngspice.cells.label.inc",
        "flowers.tb.ngspice.sp",
        "models/lvt90.lib",
        "program/label.csv",
        "program/conductances.npz",
        "program/index.json",
    }


@pytest.mark.parametrize("kind", [Dataset, InverterTables, Circuit, Stimuli])
def test_artifacts_come_back_from_the_cache_as_they_were(tmp_path, kind):
    computed = emit(tmp_path, lambda results: results[kind])
    reporter = Silent()
    found = emit(tmp_path, lambda results: results[kind], reporter=reporter)
    assert fingerprint(found) == fingerprint(computed)
    assert not [heard for heard in reporter.heard if heard.startswith("started")]


def test_an_edit_that_leaves_the_circuit_alone_only_renews_the_headers(tmp_path):
    before = emit(tmp_path, lambda results: results.fingerprint(NgspiceFiles))
    reporter = Silent()
    after = emit(
        tmp_path,
        lambda results: results.fingerprint(NgspiceFiles),
        source=SOURCE + "// edited\n",
        reporter=reporter,
    )
    assert after == before
    assert [x for x in reporter.heard if x.startswith("started")] == ["started emit-ngspice"]


def test_the_design_corner_is_the_first_table(tmp_path):
    tables = emit(tmp_path, lambda results: results[InverterTables])
    assert [table.corner for table in tables.tables] == ["tt", "ff"]
    assert tables.design.corner == "tt"


def test_fewer_samples_than_asked_for_is_a_warning(tmp_path):
    reporter = Silent()
    stimuli = emit(tmp_path, lambda results: results[Stimuli], reporter=reporter, samples=1_000_000)
    (warning,) = reporter.diagnostics
    count = len(stimuli.inputs_volts)
    assert warning.message == (f"1000000 samples are to be verified, there are {count} for testing")
