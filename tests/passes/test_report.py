"""The report and the summary of a compile say what its artifacts say, and nothing else."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.stored import Stimuli
from imnnc.artifacts.training import (
    SizedNetwork,
    Sizing,
    TrainingHistory,
    Tuning,
)
from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import Circuit
from imnnc.data import Dataset
from imnnc.design import Memristor, Network, Technology
from imnnc.engine.base import Artifacts
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from imnnc.files.codec import fingerprint
from imnnc.measure.verification import Verification
from imnnc.measure.wires import wire_effect
from imnnc.parasitics import Parasitics, Wires
from imnnc.passes.emit_ngspice import NgspiceFiles
from imnnc.passes.emit_parameters import EmitParameters, ParameterFiles
from imnnc.passes.emit_programming import EmitProgramming, ProgrammingFiles
from imnnc.passes.load_parameters import LoadParameters
from imnnc.physics.network import CrossbarProgram
from imnnc.report.page import curves, loads_siemens
from imnnc.tasks import VerifySpec
from imnnc.units import engineering
from tests.support import networks
from tests.support.measured import inverter, table, tangents, volts
from tests.support.reported import artifacts, report
from tests.support.toys import Silent


class Page(HTMLParser):
    """Reads a page and fails where its elements are not closed in order."""

    VOID = ("meta", "br", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: set[str] = set()
        self.named: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.named += [value for name, value in attrs if name in ("src", "href")]
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
    assert shown.count("µW chosen") == 1
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
    "pictures": {"widths": (20, 3, 2), "picture": (4, 5)},
    "many classes": {"widths": (3, 21)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_is_well_formed_and_needs_nothing_else(tmp_path, kind):
    text, _ = report(artifacts(tmp_path, **KINDS[kind]), tmp_path)
    page = Page(text)
    assert not {"script", "link", "iframe", "object"} & set(page.seen)
    assert not {"onload", "onclick"} & page.attributes
    assert not [x for x in page.named if ":" in x and not x.startswith("data:image/png;base64,")]
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


def test_the_page_says_which_classes_are_taken_for_which(tmp_path):
    known = artifacts(tmp_path, (4, 3, 3), samples=9, source="iris")
    found = known[Verification].design
    volts = np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1, 0]]
    known[Verification] = replace(
        known[Verification], corners=(replace(found, simulated_volts=volts),)
    )
    shown = Page(report(known, tmp_path)[0]).text
    matrix = "is setosa versicolor virginica right setosa 3 100.0 % versicolor 3 100.0 %"
    assert f"Simulated, 9 test samples, 88.9 % right {matrix} virginica 1 2 66.7 %" in shown
    assert "Predicted, 40 test samples" in shown


def test_pictures_that_are_decided_wrongly_are_shown_a_dozen_at_most(tmp_path):
    known = artifacts(tmp_path, (20, 3, 2), samples=40, picture=(4, 5))
    page = Page(report(known, tmp_path)[0])
    found = known[Verification].design
    decided, wanted = found.simulated_volts.argmax(1), known[Verification].targets
    count = (decided != wanted).sum() + (
        (decided == wanted) & (found.predicted_volts.argmax(1) != wanted)
    ).sum()
    assert count > 12
    assert f"12 of the {count} simulated pictures" in page.text
    pictures = [x for x in page.named if x.startswith("data:image/png")]
    assert len(pictures) == 12


def test_data_that_are_no_pictures_are_not_shown_as_some(tmp_path):
    assert "img" not in Page(report(artifacts(tmp_path, samples=40), tmp_path)[0]).seen


def test_the_neuron_is_drawn_with_its_own_cells_and_sizes(tmp_path):
    known = artifacts(tmp_path)
    page = Page(report(known, tmp_path)[0])
    program = known[CrossbarProgram]
    for words in (
        "crossbar hidden: 3 columns pixels_plus_0",
        engineering(1 / program.crossbars[0].ohms_plus[0, 0], "S"),
        f"INV2 {program.size_plus[0][0]:g} × unit",
        "crossbar label: 2 columns",
    ):
        assert " ".join(words.split()) in page.text.replace("\xa0", " ")


def test_of_a_neuron_that_drives_nothing_the_read_out_is_drawn(tmp_path):
    text = Page(report(artifacts(tmp_path, (2, 1)), tmp_path)[0]).text
    assert "crossbar label: 1 column" in text
    assert "read-out" in text
