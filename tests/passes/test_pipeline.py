import json
import subprocess
import sys
from pathlib import Path

import pytest

from imnnc.artifacts.training import ChipsInMind
from imnnc.design import Design
from imnnc.diagnostics import CompileError
from imnnc.engine.device import Device
from imnnc.engine.store import key
from imnnc.files.codec import fingerprint
from imnnc.lang import load_design
from imnnc.passes.emit_programming import EmitProgramming
from imnnc.passes.fit_tanh import FitTanh
from imnnc.passes.fit_vtc import FitVtc
from imnnc.passes.pipeline import Settings, build_graph, manifest_fields, roots

SOURCE = """
technology lvt90 { corner tt }
memristor tio2 { conductance 120 nS .. 1 uS }
network flowers {
    input  flower[4] in -0.25 V .. 0.25 V
    layer  hidden[3] { inverter size 1 .. 10 }
    output label[3]  { inverter size 1 .. 10 }
}
data { set iris   encode 0 .. 1 -> -0.25 V .. 0.25 V }
train latim { loss cross_entropy   epochs 7   seed 3 }
verify { samples 9 }
emit ngspice, programming csv, npz
"""


KIT = """
technology kit {
    library "kit.lib"   corners tt   corner tt   temperature 27 C   supply 0.25 V
    nmos n { width 120 nm  length 100 nm }
    pmos p { width 200 nm  length 100 nm }
}
"""

NOTHING_SET = Settings()


def design_of(tmp_path: Path, source: str = SOURCE) -> Design:
    path = tmp_path / "flowers.imnn"
    path.write_text(source)
    return load_design(path)


def ancestors(design: Design, target: str, settings: Settings = NOTHING_SET) -> list[str]:
    return [pass_.name for pass_ in build_graph(design, settings).plan([target])]


@pytest.mark.parametrize(
    ("source", "settings", "code", "note"),
    [
        (
            SOURCE.replace("network flowers", "network module"),
            Settings(options=("emit-dialects.dialects=verilog",)),
            "IM501",
            "SystemVerilog has a meaning of its own for this word",
        ),
        (
            SOURCE.replace("network flowers", "network Nfet_03v3_DSS").replace(
                "technology lvt90 { corner tt }", "technology gf180mcu"
            ),
            NOTHING_SET,
            "IM124",
            "the models of the technology have a subcircuit of this name",
        ),
    ],
)
def test_names_that_options_and_models_forbid_are_refused_before_any_pass(
    tmp_path, source, settings, code, note
):
    design = design_of(tmp_path, source)
    with pytest.raises(CompileError) as caught:
        build_graph(design, settings)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.notes) == (code, (note,))
    assert diagnostic.message == f"a network cannot be called `{design.network.name}`"
    assert diagnostic.span == design.network.span


def test_options_come_from_the_design(tmp_path):
    text = build_graph(design_of(tmp_path), Settings()).text(with_options=True)
    assert "    train.epochs=7\n" in text
    assert "    stimuli.samples=9\n" in text
    assert "    emit-programming.formats=csv,npz\n" in text


def test_options_of_the_command_line_come_first(tmp_path):
    graph = build_graph(design_of(tmp_path), Settings(("train.epochs=2",)))
    assert "    train.epochs=2\n" in graph.text(with_options=True)


def test_training_needs_data_and_curves_but_no_circuit(tmp_path):
    assert ancestors(design_of(tmp_path), "train") == [
        "load-data",
        "characterize",
        "fit-vtc",
        "tune",
        "train",
    ]


@pytest.mark.parametrize("method", ["phax", "rim"])
def test_other_methods_have_the_same_passes_with_other_curves(tmp_path, method):
    latim = build_graph(design_of(tmp_path), Settings())
    source = SOURCE.replace("train latim", f"train {method}")
    other = build_graph(design_of(tmp_path, source), Settings())
    assert [x.name for x in other.plan(other.passes)] == [x.name for x in latim.plan(latim.passes)]
    assert isinstance(latim.passes["fit-vtc"], FitVtc)
    assert isinstance(other.passes["fit-vtc"], FitTanh)
    assert other.passes["fit-vtc"].spec.method == method
    assert manifest_fields(design_of(tmp_path, source), Settings(), other)["method"] == method


def test_a_teacher_is_trained_before_what_it_teaches(tmp_path):
    plain = design_of(tmp_path)
    assert "teach" not in ancestors(plain, "train")
    taught = design_of(tmp_path, SOURCE.replace("seed 3", "seed 3   teacher 50 %"))
    assert set(ancestors(taught, "train")) - set(ancestors(plain, "train")) == {"teach"}


def test_the_seed_of_the_sweeps_can_be_another_than_that_of_the_training(tmp_path):
    graph = build_graph(design_of(tmp_path), Settings(("tune.seed=8",)))
    text = graph.text(with_options=True)
    assert "    tune.seed=8\n" in text
    assert "    train.seed=3\n" in text


def test_stored_parameters_take_the_place_of_training(tmp_path):
    (tmp_path / "params.npz").touch()
    plan = ancestors(
        design_of(tmp_path), "emit-programming", Settings(params=tmp_path / "params.npz")
    )
    assert plan == ["load-data", "load-parameters", "program", "emit-programming"]


def test_a_source_without_data_cannot_be_compiled(tmp_path):
    source = "".join(line for line in SOURCE.splitlines(True) if not line.startswith("data"))
    with pytest.raises(CompileError, match="data"):
        build_graph(design_of(tmp_path, source), Settings())


def test_only_the_programming_that_is_asked_for_is_written(tmp_path):
    design = design_of(tmp_path, SOURCE.replace("csv, npz", "npz"))
    assert build_graph(design, Settings()).passes["emit-programming"] == EmitProgramming(("npz",))


def test_the_content_of_the_data_is_part_of_the_key(tmp_path):
    def key_with(line: str) -> str:
        (tmp_path / "data.csv").write_text(f"a,b,c,d,label\n{line}")
        source = SOURCE.replace("set iris", 'file "data.csv"')
        graph = build_graph(design_of(tmp_path, source), Settings())
        return key(graph.passes["load-data"], ())

    first = key_with("0,0,0,0,0\n")
    assert key_with("0,0,0,0,1\n") != first
    assert key_with("0,0,0,0,0\n") == first


def test_the_content_of_what_a_library_includes_is_part_of_the_key(tmp_path):
    def found(line: str) -> tuple[str, dict[str, str]]:
        (tmp_path / "kit.lib").write_text('.lib tt\n.include "cards.inc"\n.endl\n')
        (tmp_path / "cards.inc").write_text(line)
        design = design_of(tmp_path, KIT + SOURCE.replace("technology lvt90 { corner tt }", ""))
        graph = build_graph(design, Settings())
        known = roots(design)
        inputs = tuple(fingerprint(known[x]) for x in graph.passes["characterize"].requires)
        models = manifest_fields(design, Settings(), graph)["models"]
        return key(graph.passes["characterize"], inputs), models

    first, models = found(".model n nmos\n")
    assert models.keys() == {"kit.lib", "cards.inc"}
    assert found(".model n nmos level=14\n")[0] != first
    assert found(".model n nmos\n")[0] == first


def test_only_training_for_chips_depends_on_how_transistors_differ(tmp_path):
    def keys(source: str) -> list[str]:
        design = design_of(tmp_path, source)
        known = roots(design)
        graph = build_graph(design, Settings())
        return [key(graph.passes["train"], (fingerprint(known[ChipsInMind]),)), str(known)]

    other = "technology lvt90 { corner tt   mismatch nmos 9 mV um   pmos 9 mV um }"
    for_chips = SOURCE.replace("seed 3", "seed 3   chips on")
    for source, same in ((SOURCE, True), (for_chips, False)):
        moved = source.replace("technology lvt90 { corner tt }", other)
        assert (keys(source)[0] == keys(moved)[0]) is same


def test_corners_that_are_trained_over_are_characterised(tmp_path):
    source = SOURCE.replace("seed 3", "seed 3   corners ss, ff").replace("samples 9", "corners ff")
    graph = build_graph(design_of(tmp_path, source), Settings())
    assert graph.passes["characterize"].corners == ("ff", "ss", "ff")


def test_chips_to_train_for_must_differ_by_something(tmp_path):
    source = KIT + SOURCE.replace("technology lvt90 { corner tt }", "")
    source = source.replace(
        "conductance 120 nS .. 1 uS", "conductance 120 nS .. 1 uS variation 0 %"
    )
    (tmp_path / "kit.lib").write_text(".lib tt\n.endl\n")
    with pytest.raises(CompileError) as caught:
        build_graph(design_of(tmp_path, source.replace("seed 3", "seed 3 chips on")), Settings())
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "IM333",
        "`chips on` must have something that chips differ by",
    )
    assert diagnostic.span.place.endswith("flowers.imnn:16:1")


def test_keys_do_not_depend_on_the_folder_or_the_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tests.passes.test_pipeline import *;"
        "graph = build_graph(design_of(Path(sys.argv[1])), Settings());"
        "print([key(x, ()) for x in graph.plan(graph.passes)])"
    )
    shown = set()
    for seed in "1", "2":
        folder = tmp_path / seed
        folder.mkdir()
        shown.add(
            subprocess.check_output(
                [sys.executable, "-c", code, str(folder)],
                cwd=Path(__file__).parents[2],
                env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            )
        )
    assert len(shown) == 1


def test_the_manifest_names_no_folder_of_this_machine(tmp_path):
    (tmp_path / "data.csv").write_text("a,b,c,d,label\n0,0,0,0,0\n")
    design = design_of(tmp_path, SOURCE.replace("set iris", 'file "data.csv"'))
    fields = manifest_fields(design, Settings(), build_graph(design, Settings()))
    text = json.dumps(fields)
    assert str(tmp_path) not in text
    assert fields["data"].keys() == {"data.csv"}
    assert fields["models"].keys() == {"lvt90.lib"}
    assert fields["options"]["train"]["epochs"] == 7
    assert fields["source"] == {"name": "flowers.imnn", "sha256": design.source_sha256}


def test_the_manifest_says_what_computed_unless_that_was_the_processor(tmp_path):
    design, settings = design_of(tmp_path), Settings()
    graph = build_graph(design, settings)
    here = manifest_fields(design, settings, graph)
    there = manifest_fields(design, settings, graph, Device("cuda:1", "H100"))
    assert there == {**here, "device": {"kind": "cuda", "model": "H100"}}
    assert "device" not in here


def test_stored_parameters_that_are_not_there_are_a_diagnostic(tmp_path):
    design, settings = design_of(tmp_path), Settings(params=tmp_path / "gone.npz")
    with pytest.raises(CompileError, match=r"gone\.npz"):
        manifest_fields(design, settings, build_graph(design, settings))
