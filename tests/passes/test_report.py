"""The report and the summary of a compile say what its artifacts say, and nothing else."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.stored import Stimuli
from imnnc.artifacts.training import (
    Quantisation,
    SizedNetwork,
    Sizing,
    StartingModel,
    TrainingHistory,
    Tried,
    Tuning,
)
from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import Circuit
from imnnc.data import Dataset, Scaling
from imnnc.design import Memristor, Network, Technology
from imnnc.engine.base import Artifacts
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.files.codec import fingerprint
from imnnc.files.files import write_json
from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.measure.verification import CornerVerification, Dynamics, LayerError, Verification
from imnnc.measure.wires import wire_effect
from imnnc.parasitics import Parasitics, Wires
from imnnc.passes.chips import ChipFiles
from imnnc.passes.emit_dialects import DialectFiles
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import EmitParameters, ParameterFiles
from imnnc.passes.emit_programming import EmitProgramming, ProgrammingFiles
from imnnc.passes.load_parameters import LoadParameters
from imnnc.passes.report import WriteReport
from imnnc.passes.verify import VerificationFiles
from imnnc.physics.network import CrossbarProgram
from imnnc.physics.table import InverterTable
from imnnc.physics.vtc import CurveNetwork, CurveScales, VtcModel
from imnnc.report.page import curves, loads_siemens
from imnnc.tasks import VerifySpec
from tests.support import networks
from tests.support.measured import inverter, table, tangents, volts
from tests.support.toys import Silent

SCALES = CurveScales(0.25, 1e-6, 1e-6, 4e-6)


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
        Dynamics(10, 2.5e-8, 2.5e-8, 1.46e-12, 8.16e-12),
        None,
    )


def artifacts(
    folder: Path,
    widths: tuple[int, ...] = (4, 3, 2),
    *,
    classes: bool = True,
    levels: bool = True,
    corners: tuple[str, ...] = ("tt",),
    samples: int = 20,
    pair: bool = False,
) -> dict[type, object]:
    """Everything that a report is made of, invented."""
    of = networks.network(widths)
    program = networks.program(of, with_levels=levels)
    sign = 1 if classes else -1
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
            "digits.npz", "as they stand", 0.0, 16.0, -0.25, 0.25, 1000, 300, widths[0], 1
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
            np.random.default_rng(8).uniform(-0.25, 0.25, (40, widths[0])).astype(np.float32),
            np.arange(40) % 2,
        ),
        Verification: Verification(
            "sample",
            "phax" if pair else "latim",
            0.005,
            "39",
            np.zeros(samples, np.int64),
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


class Page(HTMLParser):
    """Reads a page and fails where its elements are not closed in order."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_the_summary_says_what_the_artifacts_say(tmp_path):
    known = artifacts(tmp_path)
    summary = json.loads(report(known, tmp_path)[1])
    program = known[CrossbarProgram]
    assert summary["schema"] == 1
    assert summary["network"]["input"] == {"name": "pixels", "width": 4}
    assert [
        (layer["name"], layer["inputs"], layer["width"], layer["cells"])
        for layer in summary["network"]["layers"]
    ] == [("hidden", 4, 3, 30), ("label", 3, 2, 16)]
    assert summary["network"]["cells"] == 46
    assert summary["network"]["inverters"] == 10
    assert summary["network"]["total_size"] == program.parameters().total_size
    assert summary["curves"] == [
        {"corner": "tt", "output": "minus", "rms_v": 1.2e-4, "max_v": 8e-4},
        {"corner": "tt", "output": "plus", "rms_v": 1e-4, "max_v": 6e-4},
    ]
    assert summary["data"] == {
        "source": "digits.npz",
        "train": 1000,
        "test": 300,
        "reading": "as they stand",
        "values": {"min": 0.0, "max": 16.0},
        "input_v": {"min": -0.25, "max": 0.25},
        "constant_inputs": 1,
    }
    assert summary["training"] == {
        "loss": "cross_entropy",
        "score": "accuracy",
        "kept_epoch": 2,
        "epochs": [
            {"loss": 2.0, "score": 0.5},
            {"loss": 1.0, "score": 0.75},
            {"loss": 0.5, "score": 0.7},
        ],
    }
    assert summary["sizing"] == {
        "size": {"before": 40.1235, "after": 30.0},
        "rails_power_w": {"before": 1.5e-6, "after": 1.2e-6},
        "score": {"before": 0.75, "after": 0.74},
    }
    assert summary["quantisation"] == {
        "samples": 10000,
        "score": {"before": 0.8541, "after": 0.8537},
    }
    assert summary["memristor"]["levels"] == 256
    assert summary["nominal"] is None
    assert summary["tuning"] == [
        {
            "field": "learning_rate",
            "value": 0.02,
            "score": {"circuit": 0.7, "predicted": 0.71},
            "error_v": 1e-3,
            "rails_power_w": 1e-6,
            "chosen": False,
        },
        {
            "field": "learning_rate",
            "value": 0.04,
            "score": {"circuit": 0.75, "predicted": 0.76},
            "error_v": 2e-3,
            "rails_power_w": 2e-6,
            "chosen": True,
        },
    ]


def test_the_summary_says_where_tangents_were_fitted_and_how_well(tmp_path):
    pair = tangents(5, 0.9e6, 2e5)
    known = {**artifacts(tmp_path, pair=True), VtcModels: VtcModels((pair,))}
    summary = json.loads(report(known, tmp_path)[1])
    assert summary["nominal"] == {"size": 5, "load_ohms": 9e5, "resistor_ohms": 2e5}
    assert [(x["output"], x["rms_v"], x["max_v"]) for x in summary["curves"]] == [
        (
            name,
            pytest.approx(curve.rms_error_volts, rel=1e-5),
            pytest.approx(curve.max_error_volts, rel=1e-5),
        )
        for name, curve in (("minus", pair.minus), ("plus", pair.plus))
    ]


def test_scores_of_a_regression_are_mean_square_errors(tmp_path):
    known = artifacts(tmp_path, classes=False)
    page, text = report(known, tmp_path, "mse")
    summary = json.loads(text)
    assert summary["training"]["score"] == "mse_v2"
    assert summary["training"]["kept_epoch"] == 1
    assert summary["quantisation"]["score"] == {"before": 0.8541, "after": 0.8537}
    assert [x["score"]["circuit"] for x in summary["tuning"]] == [0.7, 0.75]
    assert "Error against targets 0.0124 V²" in Page(page).text


def test_the_page_shows_the_figures_of_the_verification(tmp_path):
    shown = Page(report(artifacts(tmp_path), tmp_path)[0]).text
    for figure in (
        "verified: the RMS error is within 5 mV",
        "Prediction error 1.01 mV",
        "Accuracy, simulated 84.0 %",
        "Agreement 99.0 %",
        "Energy an inference 1.46 pJ",
        "all sources 8.16 pJ",
        "Accuracy of chips 61.0 %",
        "61.00 % on average, one in twenty below 52.3 %, the worst 50.00 %",
        "55.0 % of the chips reach 60.00 % (48.0 % to 62.0 % with 95 % confidence), 95.0 % are",
        "Delay 25 ns",
        "hidden column < 1 nV < 1 nV",
        "V− (read-out) 1.01 mV 3.03 mV",
        "Values, as they stand, from 0 to 16 became -250 mV to 250 mV at the inputs",
        "1 of 4 inputs have one value in every sample",
    ):
        assert figure in shown


def test_the_page_shows_what_was_swept(tmp_path):
    known = artifacts(tmp_path)
    shown = Page(report(known, tmp_path)[0]).text
    assert "learning_rate 0.02 70.00 % 71.00 % 1 mV 1 µW learning_rate 0.04" in shown
    assert shown.count(" chosen ") == 1
    known[Tuning] = Tuning()
    (tmp_path / "unswept").mkdir()
    assert "swept" not in Page(report(known, tmp_path / "unswept")[0]).text.lower()


def test_wires_are_reported_where_there_are_some(tmp_path):
    known = artifacts(tmp_path)
    page, text = report(known, tmp_path)
    assert "wires" not in json.loads(text)
    assert "<h2>Wires</h2>" not in page
    wires = Wires(500.0, None, 1e4, "halves")
    program = replace(known[CrossbarProgram], parasitics=Parasitics(None, (wires, None)))
    known |= {CrossbarProgram: program, InverterTables: InverterTables((table(),))}
    effect = wire_effect(program, table(), known[Dataset], "cross_entropy")
    assert effect.samples == 40
    assert min(effect.moved_rms_volts) > 1e-5
    (tmp_path / "wired").mkdir()
    page, text = report(known, tmp_path / "wired")
    moved = [
        {"rms": float(f"{rms:.6g}"), "max": float(f"{worst:.6g}")}
        for rms, worst in zip(effect.moved_rms_volts, effect.moved_max_volts, strict=True)
    ]
    assert json.loads(text)["wires"] == {
        "samples": 40,
        "score": {"with": effect.score_with, "without": effect.score_without},
        "layers": [
            {
                "name": "hidden",
                "row_ohm": 500.0,
                "column_ohm": None,
                "driver_ohm": 1e4,
                "layout": "halves",
                "moved_v": moved[0],
            },
            {
                "name": "label",
                "row_ohm": None,
                "column_ohm": None,
                "driver_ohm": None,
                "layout": None,
                "moved_v": moved[1],
            },
        ],
    }
    shown = Page(page).text
    assert f"an accuracy of {effect.score_with:.2%}".replace("%", " %") in shown
    assert "hidden 500 Ω none 10 kΩ halves" in shown


def test_what_wires_do_is_the_difference_of_two_circuits():
    of = networks.network((4, 3, 2))
    wires = Wires(500.0, 500.0, None, "halves")
    program = networks.program(of, wires=(None, wires))
    random = np.random.default_rng(8)
    inputs = random.uniform(-0.25, 0.25, (20, 4)).astype(np.float32)
    data = Dataset(inputs[:1], np.zeros((1, 2)), inputs, random.uniform(-0.2, 0.2, (20, 2)))
    effect = wire_effect(program, table(), data, "mse")
    assert effect.moved_max_volts[0] == 0
    assert effect.moved_max_volts[1] > 1e-4
    assert effect.score_with != effect.score_without
    assert wire_effect(networks.program(of), table(), data, "mse") is None


def test_the_curve_of_phax_is_the_same_under_every_load():
    v_in = np.linspace(-0.25, 0.25, 5)
    drawn = curves("phax", tangents(), v_in, [0.0, 1e-6, 2e-6])
    assert drawn.shape == (3, 5)
    assert (drawn == drawn[0]).all()
    expected = inverter().loaded_output(
        torch.from_numpy(v_in), volts(tangents().point.siemens), volts(0.0)
    )
    assert np.abs(drawn[0] - expected.numpy()).max() < 0.01


def test_the_page_lists_every_file_with_what_it_is(tmp_path):
    known = artifacts(tmp_path)
    shown = Page(report(known, tmp_path)[0]).text
    names = [
        x.name for kind in known if issubclass(kind, NgspiceFiles) for x in known[kind].entries
    ]
    for name in (*names, "params.npz", "verify.json", "manifest.json", "program/hidden.csv"):
        assert f" {name} " in shown


KINDS = {
    "one layer": {"widths": (2, 1)},
    "deep": {"widths": (5, 4, 3, 2)},
    "continuous": {"levels": False},
    "corners": {"corners": ("tt", "ff", "ss")},
    "one sample": {"samples": 1},
    "tangents": {"pair": True},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_well_formed_and_needs_nothing_else(tmp_path, kind):
    text, _ = report(artifacts(tmp_path, **KINDS[kind]), tmp_path)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.seen)
    assert not {"src", "href", "onload", "onclick"} & page.attributes
    assert "url(" not in text
    assert "@import" not in text
    assert "nan" not in page.text.lower().split()


def test_every_corner_has_its_row(tmp_path):
    page, summary = report(artifacts(tmp_path, corners=("tt", "ff")), tmp_path)
    assert [x["corner"] for x in json.loads(summary)["curves"]] == ["tt", "tt", "ff", "ff"]
    assert "V− at ff" in Page(page).text


def test_the_same_artifacts_make_the_same_bytes(tmp_path):
    texts = []
    for name in "first", "second":
        (tmp_path / name).mkdir()
        texts.append(report(artifacts(tmp_path / name), tmp_path / name))
    assert texts[0] == texts[1]


def test_names_cannot_become_markup(tmp_path):
    known = artifacts(tmp_path)
    evil = '"><script>alert(1)</script>&amp;'
    network, program = known[Network], known[CrossbarProgram]
    layers = tuple(replace(x, name=evil + x.name) for x in network.layers)
    known[Network] = replace(network, name=evil, layers=layers)
    crossbars = tuple(replace(x, name=evil + x.name) for x in program.crossbars)
    known[CrossbarProgram] = replace(program, crossbars=crossbars)
    known[Memristor] = replace(known[Memristor], name=evil)
    text, _ = report(known, tmp_path)
    page = Page(text)
    assert "script" not in page.seen
    assert evil in page.text


def test_at_most_a_thousand_points_are_drawn(tmp_path):
    page, _ = report(artifacts(tmp_path, samples=600), tmp_path)
    dots = [part.partition('"')[0] for part in page.split('class="dots first" d="')[1:]]
    assert [x.count("h0") for x in dots] == [1000, 1000]
    assert "The dots are 1000 of 1 200 read-outs" in " ".join(Page(page).text.split("\u202f"))


def test_the_loads_that_are_shown_are_of_rows_a_unit_size():
    program = networks.program(networks.network((4, 3, 2)))
    next_crossbar = program.parameters().layers[1]
    loads = next_crossbar.g_minus_siemens[:3].sum(1) / program.size_minus[0]
    assert loads_siemens(program) == [0.0, *np.sort(loads)]


def test_a_network_without_hidden_layers_drives_no_crossbar():
    assert loads_siemens(networks.program(networks.network((4, 3)))) == [0.0]


def test_stored_parameters_keep_how_they_came_about(tmp_path):
    known = artifacts(tmp_path)
    known[SizedNetwork] = SizedNetwork(known[CrossbarProgram].parameters())
    known[Stimuli] = Stimuli(np.zeros((1, 4)), np.zeros(1, np.int64))
    known[Circuit] = build_circuit(known[CrossbarProgram], known[Network], known[Technology])
    del known[ParameterFiles]
    emit = EmitParameters("latim", "cross_entropy", VerifySpec())
    graph = PassGraph([emit], known)
    runner = Runner(Store(tmp_path / "cache"), Silent(), LocalProcesses(1), 60.0)
    runner.run(graph.plan([emit.name]), known, lambda x: x.copy_files(tmp_path))
    load = LoadParameters(tmp_path / "params.npz")
    loaded = dict(zip(load.provides, load.run(Artifacts(known), None), strict=True))
    for kind in (TrainingHistory, Tuning, Sizing, SizedNetwork, VtcModels):
        assert fingerprint(loaded[kind]) == fingerprint(known[kind])


def test_no_programming_format_is_no_programming_file(tmp_path):
    known = {CrossbarProgram: networks.program(networks.network((4, 3)))}
    graph = PassGraph([EmitProgramming(())], known)
    runner = Runner(Store(tmp_path / "cache"), Silent(), LocalProcesses(1), 60.0)
    files = runner.run(graph.plan(graph.passes), known, lambda results: results[ProgrammingFiles])
    assert files.entries == ()


def test_the_page_names_the_corners_that_miss_the_tolerance(tmp_path):
    known = artifacts(tmp_path, corners=("tt", "ff"))
    known[Verification] = replace(known[Verification], tolerance_volts=1e-9)
    assert known[Verification].missed == ("tt", "ff")
    page, _ = report(known, tmp_path)
    assert "not verified: the RMS error is not within 1 nV at tt, ff" in Page(page).text
