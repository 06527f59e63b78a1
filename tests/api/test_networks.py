"""Designs that are made in Python: what source they come to, and what is said of wrong ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import imnnc
from imnnc.design import Layer, TrainSpec
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design
from imnnc.tasks import VerifySpec
from tests.support import stored

INPUTS = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 1.0], [1.0, 0.5]])
TRAIN = {"latim": {"loss": "cross_entropy"}}


def made(**parts: object) -> imnnc.Network:
    given = {"input": 2, "layers": [3, 2], "train": TRAIN, **parts}
    return imnnc.Network("made", **given)  # type: ignore[arg-type]


def said(**parts: object) -> str:
    with pytest.raises(CompileError) as caught:
        made(**parts)
    (diagnostic,) = caught.value.diagnostics
    return f"{diagnostic.code} {diagnostic.message}"


def test_values_of_python_come_to_a_source():
    network = imnnc.Network(
        "iris",
        input={"lengths": 4},
        layers={"hidden": 3, "kind": 3},
        technology={"lvt90": {"corner": "ff"}},
        memristor={"tio2": {"conductance": (120e-9, 1e-6), "levels": 64, "variation": 0.03}},
        crossbar={"wire": {"row": 2.5, "column": "1 Ohm"}},
        data={"set": "iris", "train": 120, "test": 30},
        train={"latim": {"loss": "cross_entropy", "learning_rate": [0.01, 0.02], "chips": True}},
        verify={"samples": 30, "tolerance": 5e-3},
        chips={"temperature": (-20, 85)},
        emit=["ngspice", "spectre"],
    )
    assert network.to_source() == (
        "technology lvt90 { corner ff }\n"
        "memristor tio2 { conductance 120 nS .. 1 uS   levels 64   variation 3 % }\n"
        "\n"
        "network iris {\n"
        "    input  lengths[4]\n"
        "    layer  hidden[3]  { inverter size 1 .. 10 }\n"
        "    output kind[3]    { inverter size 1 .. 10 }\n"
        "}\n"
        "\n"
        "crossbar { wire row 2.5 Ohm   column 1 Ohm }\n"
        "data { set iris   train 120   test 30 }\n"
        "train latim { loss cross_entropy   learning_rate 0.01, 0.02   chips on }\n"
        "verify { samples 30   tolerance 5 mV }\n"
        "chips { temperature -20 C .. 85 C }\n"
        "emit ngspice, spectre, programming csv, npz\n"
    )
    assert network.design.network.widths == (4, 3, 3)


def test_parts_of_a_design_make_the_same_design(tmp_path):
    design = load_design(stored.write_source(tmp_path))
    network = imnnc.Network(
        design.network.name,
        input=design.network.input,
        layers=design.network.layers,
        technology=design.technology,
        memristor=design.memristor,
        data=design.data,
        train=design.trains,
        verify=design.verify,
        emit=design.emit,
        folder=tmp_path,
    )
    assert replace(network.design, source_sha256=design.source_sha256) == design
    again = imnnc.Network.of(tmp_path / "points.imnn")
    assert again.to_source() == network.to_source()


def test_a_network_is_trained_as_a_dataclass_says():
    network = made(
        layers=[Layer("h", 3, made().design.network.output.inverter, bias_pairs=2), 2],
        train=TrainSpec("latim", "cross_entropy", epochs=7),
        verify=VerifySpec(samples=3),
    )
    assert "crossbar h { bias 2 }" in network.to_source()
    assert network.design.train.epochs == 7
    assert network.design.verify.samples == 3


def test_arrays_are_read_as_long_as_somebody_compiles(tmp_path):
    network = made(data=(INPUTS, [0, 1, 1, 0]))
    assert 'data { file "made.data.npz"   encode 0 .. 4 -> -0.25 V .. 0.25 V }' in (
        network.to_source()
    )
    with network.opened() as origin:
        file = origin.design().data.file
        with np.load(file) as found:
            assert (found["inputs"] == INPUTS).all()
            assert found["targets"].tolist() == [0, 1, 1, 0]
    assert not file.exists()


def test_targets_that_are_numbers_have_a_range():
    network = made(data={"arrays": (INPUTS, INPUTS), "test": 1}, train={"latim": {"loss": "mse"}})
    assert "target 0 .. 4 -> -0.2 V .. 0.2 V" in network.to_source()
    assert network.design.data.test == 1


def test_a_network_is_saved_beside_its_arrays(tmp_path):
    network = made(data=(INPUTS, [0, 1, 1, 0]), folder=tmp_path)
    path = network.save()
    assert path == tmp_path / "made.imnn"
    assert load_design(path) == network.design
    assert (tmp_path / "made.data.npz").exists()
    with pytest.raises(CompileError, match="is there already"):
        network.save()
    assert network.save(overwrite=True) == path
    with pytest.raises(CompileError, match="must be in the folder of the network"):
        network.save(tmp_path / "other" / "made.imnn")


def test_a_network_is_compiled_as_its_source_is(tmp_path, points):
    network = imnnc.Network.of(stored.write_source(tmp_path))
    with network.opened() as origin:
        assert origin.design(seed=3).train.seed == 3
    passes = imnnc.api.passes(network, params=points.out / "params.npz")
    assert "verify" in passes.passes


def test_samples_and_chips_may_be_those_of_a_network_made_in_python(copied):
    inputs = np.linspace(0.0, 1.0, 40).reshape(10, 4)
    network = imnnc.Network(
        "points",
        input=4,
        layers=[5, 3],
        data={"arrays": (inputs, np.arange(10) % 3), "test": 4},
        train=TRAIN,
        chips={"count": 2},
    )
    compiled = imnnc.load(copied)
    assert compiled.evaluate(network, prove=0).samples == 4
    assert imnnc.api.chips(copied, network).to_json()["chips"] == 2
    with pytest.raises(CompileError, match="a sample must be one of 0 to 3, was 4"):
        imnnc.simulate(copied, 4, data=network)
    narrow = imnnc.Network("narrow", input=4, layers=[5, 2], data="iris", train=TRAIN)
    with pytest.raises(CompileError, match=r"`narrow\.imnn` must be a source of this network"):
        imnnc.api.chips(copied, narrow)


def test_what_is_wrong_is_said_at_the_line_of_the_source():
    with pytest.raises(CompileError) as caught:
        made(memristor={"tio2": {"conductance": (1e-7, 1e-6), "levels": 1, "variaton": 0.1}})
    levels, word = caught.value.diagnostics
    assert levels.message == "`levels` must be from 2 to 65536, not 1"
    assert levels.span is not None
    assert levels.span.place.startswith("made.imnn:2:")
    assert levels.notes[-1] == "this is what `imnnc.Network` was given, as a source"
    assert word.help == "did you mean `variation`?"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"memristor": "tio3"}, "IM132 unknown memristor `tio3`"),
        (
            {"verify": {"samples": {1}}},
            "IM113 `samples` must be a number, a text, a range as a tuple of two or a list of"
            " these, not `{1}`",
        ),
        (
            {"verify": {"samples": "3 } emit"}},
            "IM113 `samples` must be words of the language, not `3 } emit`",
        ),
        (
            {"data": {"file": 'a"b.csv'}},
            'IM017 `file` must be a text that can stand in quotes, not `a"b.csv`',
        ),
        (
            {"data": (INPUTS,)},
            "IM716 `data` must be two arrays of numbers, inputs and classes or targets",
        ),
        ({"train": {}}, "IM120 the design must have a `train` block"),
        ({"verify": {"samples": 2.5}}, "IM115 `samples` must be a whole number, not 2.5"),
    ],
)
def test_wrong_values_are_refused(parts, message):
    assert said(**parts) == message


def test_a_network_shows_itself_in_a_notebook():
    network = made(data={"file": "<b>.csv"})
    assert repr(network) == "<imnnc.Network made: 2-3-2>"
    shown = network._repr_html_()
    assert "<td>hidden1[3]</td>" in shown
    assert "&lt;b&gt;.csv" in shown
