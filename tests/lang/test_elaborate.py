"""What a source means, and every way in which its meaning can be wrong."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from imnnc.artifacts.training import unformed_shares, with_unformed
from imnnc.design import InputPort, InverterSizes, Layer, Memristor, TrainSpec, Transistor
from imnnc.diagnostics import CompileError
from imnnc.encoding import Encoding
from imnnc.lang import load_design, load_technology, technology_names
from imnnc.tasks import EmitSpec, VerifySpec
from tests.support.sources import Folder, source


def network(members: str = "input x[4] output y[3] { inverter size 1 }") -> str:
    return f"network n {{ {members} }}"


def layer(text: str) -> str:
    return network(f"input x[4] {text} output y[3] {{ inverter size 1 }}")


def test_a_design_has_what_the_source_says(folder: Folder):
    text = """
        let hidden_units = 2 * 50 // neurons
        technology lvt90 { corner ff   temperature -40 C   supply 0.3 V }
        memristor tio2 { conductance 120 nS .. 1 uS   levels 256   variation 3 % }
        network fashion14 {
            input  pixels[14 * 14]       in -0.25 V .. 0.25 V
            layer  hidden[hidden_units]  { inverter size 1 .. 10 step 0.5 }
            output label[10]             { inverter size 5 }
        }
        data { set fashion-mnist  pool 2  train 60000  test 10000
               encode 0 .. 255 -> -0.25 V .. 0.2 V }
        train latim { loss cross_entropy  epochs 20  batch 128  seed 7  energy_weight 0.01
                      learning_rate 0.002  validation 20 %  patience 5  accuracy_margin 0.1 % }
        verify { samples 50  tolerance 2 mV  corners tt, ss  transient_samples 4 }
        emit ngspice, programming npz, csv
    """
    design = folder.design(text)
    assert design.network.name == "fashion14"
    assert design.network.input == InputPort("pixels", 196, -0.25, 0.25)
    assert design.network.layers == (
        Layer("hidden", 100, InverterSizes(1.0, 10.0, 0.5)),
        Layer("label", 10, InverterSizes(5.0, 5.0, 1.0)),
    )
    assert design.technology.corner == "ff"
    assert design.technology.temperature_celsius == -40.0
    assert design.technology.supply_volts == 0.3
    assert design.memristor == Memristor("tio2", 1.2e-07, 1e-06, 256, 0.03)
    assert design.data is not None
    assert design.data.set_name == "fashion-mnist"
    assert (design.data.pool, design.data.train, design.data.test) == (2, 60000, 10000)
    assert design.data.encode == Encoding(0.0, 255.0, -0.25, 0.2)
    assert design.train == TrainSpec(
        "latim", "cross_entropy", 20, 128, 7, 0.01, 0.002, 0.2, 5, 0.001
    )
    assert design.verify == VerifySpec(50, 0.002, ("tt", "ss"), 4)
    assert design.emit == EmitSpec(("ngspice",), ("npz", "csv"))
    assert design.path == folder.path / "net.imnn"
    assert design.source_sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_what_is_not_said_has_a_default(folder: Folder):
    design = folder.design(
        "memristor tio2\n" + network() + "data { set iris }\ntrain latim { loss cross_entropy }"
    )
    assert design.technology == load_technology("lvt90")
    assert design.memristor.conductance_min_siemens == 1 / 8.33e6
    assert design.memristor.levels is None
    assert design.network.input == InputPort("x", 4, -0.25, 0.25)
    assert design.data is not None
    assert design.data.encode == Encoding(0.0, 1.0, -0.25, 0.25)
    assert design.data.target == Encoding(0.0, 1.0, -0.25, 0.25)
    assert design.verify == VerifySpec()
    assert design.emit == EmitSpec()


def test_the_default_encoding_fills_the_range_of_the_input(folder: Folder):
    members = "input x[4] in 0 V .. 0.1 V output y[3] { inverter size 1 continuous }"
    design = folder.design(source(network=network(members)))
    assert design.data is not None
    assert design.data.encode == Encoding(0.0, 1.0, 0.0, 0.1)
    assert design.network.output.inverter == InverterSizes(1.0, 1.0, None)


def test_a_layer_may_leave_cells_unformed_and_a_device_says_what_they_leak(folder: Folder):
    members = (
        "input x[4] layer h[3] { inverter size 1 unformed 50 %, 0.9 } "
        "output y[3] { inverter size 1 }"
    )
    design = folder.design(
        source(network=network(members), memristor="memristor tio2 { unformed 3 nS }")
    )
    assert [layer.unformed for layer in design.network.layers] == [(0.5, 0.9), None]
    assert unformed_shares(design.network) == {"unformed h": (0.5, 0.9)}
    assert design.memristor.unformed_siemens == 3e-9
    assert with_unformed(design.network, {"unformed h": 0.9}).layers[0].unformed == (0.9,)
    assert with_unformed(design.network, {}).layers[0].unformed == (0.5,)


def test_a_design_may_have_no_data(folder: Folder):
    assert folder.design(source(data="")).data is None


def test_nodes_of_a_design_know_their_place(folder: Folder):
    design = folder.design(source())
    spans = [design.network.span, design.network.layers[0].span, design.technology.span]
    places = [span.place.rpartition("/")[2] for span in spans if span is not None]
    assert places == ["net.imnn:3:1", "net.imnn:3:24", "net.imnn:1:1"]


def test_a_technology_can_be_defined_in_full(folder: Folder):
    folder.write("* models", "kit/all.lib")
    folder.write("* options", "kit/design.inc")
    text = """technology kit180 {
        library "kit/all.lib"   include "kit/design.inc"   corners typical, ff
        nmos nfet_03v3 { width 0.22 um   length 280 nm }
        pmos pfet_03v3 { width 0.4 um    length 280 nm   diffusion 440 nm }
        terminals drain, gate, source, bulk   prefix X   length_unit 1 um   supply 0.5 V
    }"""
    technology = folder.design(source(technology=text)).technology
    assert technology.name == "kit180"
    assert technology.library == folder.path / "kit/all.lib"
    assert technology.includes == (folder.path / "kit/design.inc",)
    assert technology.corners == ("typical", "ff")
    assert technology.nmos == Transistor("nfet_03v3", 2.2e-07, 2.8e-07)
    assert technology.pmos == Transistor("pfet_03v3", 4e-07, 2.8e-07, 4.4e-07)
    assert technology.instance_prefix == "X"
    assert technology.length_unit_meters == 1e-06
    assert technology.corner == "typical"
    assert technology.temperature_celsius == 27.0
    assert technology.supply_volts == 0.5


def test_the_built_in_technology_is_the_published_inverter():
    technology = load_technology("lvt90")
    assert "lvt90" in technology_names()
    assert technology.nmos == Transistor("nlvt", 1.2e-07, 1e-07, 2.4e-07)
    assert technology.pmos == Transistor("plvt", 2e-07, 1e-07, 2.4e-07)
    assert technology.corners == ("tt", "ff", "ss", "sf", "fs")
    assert technology.library.name == "lvt90.lib"


def test_an_unknown_built_in_technology_is_refused():
    with pytest.raises(CompileError, match=r"(?m)^unknown technology `lvt91`$"):
        load_technology("lvt91")


@pytest.mark.parametrize(
    ("name", "widths", "classification"),
    [
        ("fashion14", (196, 100, 10), True),
        ("fashion14_chips", (196, 100, 10), True),
        ("iris", (4, 3, 3), True),
        ("iris_pulses", (4, 3, 3), True),
        ("iris_sky130_chips", (4, 6, 3), True),
        ("inversek2j", (2, 12, 2), False),
        ("fft", (1, 14, 2), False),
        ("kmeans", (6, 8, 4, 1), False),
        ("sobel", (9, 8, 1), False),
        ("blackscholes", (6, 6, 1), False),
        ("cancer", (10, 1, 2), True),
    ],
)
def test_the_examples_are_designs(name, widths, classification):
    design = load_design(Path(__file__).parents[2] / "examples" / f"{name}.imnn")
    assert design.network.name == name
    assert design.network.widths == widths
    assert design.classification == classification


def test_an_empty_file_lacks_everything(folder: Folder):
    diagnostics = folder.diagnostics("")
    assert [diagnostic.message for diagnostic in diagnostics] == [
        "the design must name its memristor: `sky130_reram`, `sky130_reram_low`, `tio2` or "
        "`tio2_wide`",
        "the design must have a `network` block",
        "the design must have a `train` block",
    ]
    for diagnostic in diagnostics:
        diagnostic.render()


def test_data_can_be_files_beside_the_source(folder: Folder):
    data = 'data { file "a.idx.gz" labels "b.idx" test_file "c.idx" test_labels "d.idx" }'
    spec = folder.design(source(data=data)).data
    assert spec is not None
    assert spec.set_name is None
    names = (spec.file, spec.labels_file, spec.test_file, spec.test_labels_file)
    assert names == tuple(folder.path / x for x in ("a.idx.gz", "b.idx", "c.idx", "d.idx"))


def test_regression_has_targets_in_volts(folder: Folder):
    design = folder.design(
        source(
            data="data { set inversek2j target 0 .. 1 -> -0.2 V .. 0.2 V }",
            train="train latim { loss mse patience never }",
        )
    )
    assert not design.classification
    assert design.train.patience is None
    assert design.data is not None
    assert design.data.target == Encoding(0.0, 1.0, -0.2, 0.2)


def test_the_command_line_overrides_constants_corner_and_seed(folder: Folder):
    text = source(
        before="let hidden = 3\nlet twice = 2 * hidden",
        network=layer("layer h[twice] { inverter size 1 }"),
    )
    design = folder.design(text, {"hidden": "2 + 3"}, corner="ss", seed=9)
    assert design.network.layers[0].width == 10
    assert design.technology.corner == "ss"
    assert design.train.seed == 9


@pytest.mark.parametrize(
    ("defines", "message"),
    [
        ({"hiden": "3"}, "1:1 'hiden': IM105 there is no constant `hiden` to override"),
        ({"hidden": "3 +"}, "1:11 '': IM013 expected a value after `+`, found the end of the text"),
        ({"hidden": ""}, "1:8 '': IM013 expected a value, found the end of the text"),
        ({"hidden": "3 V"}, "4:32 'hidden': IM100 `width` must be a plain number, not a voltage"),
        ({"hidden": "hidden"}, "1:8 'hidden': IM102 the constant `hidden` is defined by itself"),
        ({"3": "4"}, "1:1 '3': IM106 `-D` must be followed by `name=value`"),
        (
            {"hidden": "3\n.control"},
            "2:1 '.': IM001 expected an operator, found `.`",
        ),
    ],
)
def test_a_wrong_definition_on_the_command_line_is_located_in_it(folder, defines, message):
    text = source(before="let hidden = 3", network=layer("layer h[hidden] { inverter size 1 }"))
    assert folder.errors(text, defines) == [message]


def test_an_unknown_corner_on_the_command_line_is_refused(folder: Folder):
    assert folder.errors(source(), corner="tx") == [
        "1:1 'tx': IM131 `corner` must be `tt`, `ff`, `ss`, `sf` or `fs`, not `tx`"
    ]


def test_a_seed_on_the_command_line_has_its_bounds(folder: Folder):
    assert folder.errors(source(), seed=-1) == [
        "1:1 '-1': IM114 `seed` must be from 0 to 4294967295, not -1"
    ]


@pytest.mark.parametrize(
    ("settings", "column", "labels", "normalize"),
    [
        ('file "a.csv" labels "species"', "species", None, None),
        ('file "a.csv.gz" labels "km/h"', "km/h", None, None),
        ('file "a.csv" labels "y.csv"', None, "y.csv", None),
        ('file "a" labels "train-labels-idx1-ubyte.gz"', None, "train-labels-idx1-ubyte.gz", None),
        ('file "a.npy" labels "species"', None, "species", None),
        ('file "a.csv" normalize zscore', None, None, "zscore"),
    ],
)
def test_labels_are_a_column_of_a_table_or_a_file(folder, settings, column, labels, normalize):
    data = folder.design(source(data=f"data {{ {settings} }}")).data
    assert data.label_column == column
    assert (None if data.labels_file is None else data.labels_file.name) == labels
    assert data.normalize == normalize
    assert data.encode.data_low == (-3 if normalize == "zscore" else 0)
