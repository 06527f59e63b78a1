"""Every way in which a source that parses can be wrong: whole messages, at their places."""

from __future__ import annotations

import pytest

from tests.support.sources import Folder, source

RAILS = "must stay between the rails at -250 mV and 250 mV"
REMAINING = (
    "`loss`, `epochs`, `batch`, `seed`, `energy_weight`, `source_weight`, `learning_rate`, "
    "`validation`, "
    "`patience`, `accuracy_margin`, `sweep_margin`, `teacher`, `unformed`, `chips`, "
    "`corners` and `from`"
)


def layer(text: str, width: str = "3") -> dict[str, str]:
    return members(f"input x[4] layer h[{width}] {{ {text} }} output y[3] {{ inverter size 1 }}")


def members(text: str, name: str = "n") -> dict[str, str]:
    return {"network": f"network {name} {{ {text} }}"}


TINY = "input x[4] output y[3] { inverter size 1 }"

CHECKS = [
    # kinds of quantities
    (
        {"technology": "technology lvt90 { supply 0.25 S }"},
        "1:27 '0.25 S': IM100 `supply` must be a voltage, not a conductance",
    ),
    (
        {"technology": "technology lvt90 { supply 0.25 }"},
        "1:27 '0.25': IM100 `supply` must be a voltage, not a plain number",
    ),
    (
        {"memristor": "memristor tio2 { conductance 1 MOhm .. 1 uS }"},
        "2:30 '1 MOhm': IM100 `conductance` must be a conductance, not a resistance",
    ),
    (
        layer("inverter size 1", "3 V"),
        "3:32 '3 V': IM100 `width` must be a plain number, not a voltage",
    ),
    (
        {"verify": "verify { tolerance 5 }"},
        "6:20 '5': IM100 `tolerance` must be a voltage, not a plain number",
    ),
    (
        {"verify": "verify { tolerance 5 mQ samples 30 }"},
        "6:22 'mQ': IM012 unknown unit `mQ`",
    ),
    # cells that are left unformed
    (
        layer("inverter size 1 unformed 100 %"),
        "3:62 '100 %': IM114 `unformed` must be from 0 % to 99.9 %, not 100 %",
    ),
    (
        layer("inverter size 1 unformed 1 nS"),
        "3:62 '1 nS': IM100 `unformed` must be a plain number, not a conductance",
    ),
    (
        layer("unformed 0.5 inverter size 1 unformed 80 %"),
        "3:66 'unformed 80 %': IM111 `unformed` is given twice",
    ),
    (
        layer("unformed 0.5, 80 %, 50 % inverter size 1"),
        "3:57 '50 %': IM111 `unformed` has the value 50 % twice",
    ),
    (
        {"memristor": "memristor tio2 { unformed 80 % }"},
        "2:27 '80 %': IM100 `unformed` must be a conductance, not a plain number",
    ),
    (
        {"memristor": "memristor tio2 { conductance 1 uS .. 2 uS unformed 1 uS }"},
        "2:43 'unformed 1 uS': IM114 `unformed` must be less than the conductance of every formed"
        " cell, 1 uS and more",
    ),
    # sizes, widths, levels and other bounds
    (layer("inverter size 0"), "3:51 '0': IM114 `size` must be from 0.1 to 10000, not 0"),
    (
        layer("inverter size 1e9"),
        "3:51 '1e9': IM114 `size` must be from 0.1 to 10000, not 1000000000",
    ),
    (layer("inverter size -3"), "3:51 '-3': IM114 `size` must be from 0.1 to 10000, not -3"),
    (
        layer("inverter size 10 .. 1"),
        "3:51 '10 .. 1': IM116 a range must go from low to high, not from 10 to 1",
    ),
    (
        layer("inverter size 1 .. 10 step 4"),
        "3:51 '1 .. 10': IM116 size 10 is not reached from 1 in steps of 4",
    ),
    (
        layer("inverter size 1 .. 2.5"),
        "3:51 '1 .. 2.5': IM116 size 2.5 is not reached from 1 in steps of 1",
    ),
    (
        layer("inverter size 1 .. 10 step 0"),
        "3:64 '0': IM114 `step` must be from 0.001 to 10000, not 0",
    ),
    (layer("inverter size 1", "0"), "3:32 '0': IM114 `width` must be from 1 to 16384, not 0"),
    (layer("inverter size 1", "2.5"), "3:32 '2.5': IM115 `width` must be a whole number, not 2.5"),
    (
        members("input x[16000] output y[16000] { inverter size 1 }"),
        "3:28 'output y': "
        "IM114 the crossbar of `y` must have at most 50000000 cells, not 512032000",
    ),
    (
        {"memristor": "memristor tio2 { levels 1 }"},
        "2:25 '1': IM114 `levels` must be from 2 to 65536, not 1",
    ),
    (
        {"memristor": "memristor tio2 { variation 150 % }"},
        "2:28 '150 %': IM114 `variation` must be from 0 % to 100 %, not 150 %",
    ),
    (
        {"memristor": "memristor tio2 { conductance 1 uS .. 120 nS }"},
        "2:30 '1 uS .. 120 nS': IM116 a range must go from low to high, not from 1 uS to 120 nS",
    ),
    (
        {"memristor": "memristor tio2 { conductance 1 uS .. 1 uS }"},
        "2:30 '1 uS .. 1 uS': "
        "IM116 `conductance` must be a range with two different ends, both are 1 uS",
    ),
    (
        {"technology": "technology lvt90 { temperature 300 C }"},
        "1:32 '300 C': IM114 `temperature` must be from -100 C to 200 C, not 300 C",
    ),
    (
        members("input x[4] in -1 V .. 1 V output y[3] { inverter size 1 }"),
        f"3:27 '-1 V .. 1 V': IM114 `x` {RAILS}, not reach from -1 V to 1 V",
    ),
    (
        {"data": "data { set iris encode 0 .. 1 -> -0.3 V .. 0.2 V }"},
        f"4:34 '-0.3 V .. 0.2 V': IM114 `encode` {RAILS}, not reach from -300 mV to 200 mV",
    ),
    (
        members("input x[4] in 0 V .. 0.1 V output y[3] { inverter size 1 }")
        | {"data": "data { set iris encode 0 .. 1 -> 0 V .. 0.2 V }"},
        "4:24 '0 .. 1 -> 0 V .. 0.2 V': IM114 `encode` must map into the range of `x`",
    ),
    # unknown names
    (
        {"technology": "technology lvt91 { supply 0.25 V }"},
        "1:12 'lvt91': IM130 unknown technology `lvt91`",
    ),
    (
        {"technology": "technology lvt90 { corner typical }"},
        "1:27 'typical': IM131 `corner` must be `tt`, `ff`, `ss`, `sf` or `fs`, not `typical`",
    ),
    (
        {"verify": "verify { corners tt, typical }"},
        "6:22 'typical': IM131 `corner` must be `tt`, `ff`, `ss`, `sf` or `fs`, not `typical`",
    ),
    ({"memristor": "memristor tio3"}, "2:11 'tio3': IM132 unknown memristor `tio3`"),
    (
        {"data": "data { set fashion }"},
        "4:12 'fashion': IM133 `set` must be `fashion-mnist`, `mnist`, `iris`, `cancer`, "
        "`cancer10`, `inversek2j`, `fft`, `kmeans`, `sobel` or `blackscholes`, not `fashion`",
    ),
    (
        {"train": "train latim { loss hinge }"},
        "5:20 'hinge': IM134 `loss` must be `cross_entropy` or `mse`, not `hinge`",
    ),
    (
        {"train": "train gradient { loss cross_entropy size 3 }"},
        "5:7 'gradient': IM135 `train` must be `latim`, `phax`, `rim` or `equilibrium`, "
        "not `gradient`",
    ),
    (
        {"emit": "emit hspcie"},
        "7:6 'hspcie': IM136 `emit` must be `ngspice`, `hspice`, `spectre`, `xyce`, `ltspice`, "
        "`cdl`, `veriloga` or `verilog`, not `hspcie`",
    ),
    (
        {"emit": "emit ngspice, csv"},
        "7:15 'csv': IM136 `csv` is a format of programming files, no netlist",
    ),
    (
        {"emit": "emit ngspice, programming xml"},
        "7:27 'xml': IM136 `emit programming` must be `csv` or `npz`, not `xml`",
    ),
    (
        {"train": "train latim { loss mse epoch 3 }"},
        "5:24 'epoch': IM110 `train latim` has no setting `epoch`",
    ),
    (
        {"technology": "technology lvt90 { prefix X }"},
        "1:20 'prefix': "
        "IM110 `prefix` belongs to the definition of a technology, which has a `library`",
    ),
    # missing and duplicate
    ({"network": ""}, "6:30 '': IM120 the design must have a `network` block"),
    ({"train": ""}, "6:30 '': IM120 the design must have a `train` block"),
    (
        {"memristor": ""},
        "6:30 '': IM137 the design must name its memristor: "
        "`sky130_reram`, `sky130_reram_low`, `tio2` or `tio2_wide`",
    ),
    ({"train": "train latim { }"}, "5:1 'train latim': IM112 `train latim` must have a `loss`"),
    ({"data": "data { }"}, "4:1 'data': IM112 `data` must have `set` or `file`"),
    (layer(""), "3:24 'layer h': IM112 layer `h` must have an `inverter`"),
    (
        {"verify": "verify { }\nverify { }"},
        "7:1 'verify': IM121 a design must have one `verify`, this is another",
    ),
    (
        {"train": "train phax { loss mse }\ntrain latim { loss mse }\ntrain phax { }"},
        "7:1 'train phax': IM121 a design must have one `train phax`, this is another",
    ),
    (
        {"emit": "emit ngspice\nemit ngspice"},
        "8:1 'emit': IM121 a design must have one `emit`, this is another",
    ),
    (
        {"technology": "technology lvt90\ntechnology lvt90"},
        "2:12 'lvt90': IM104 the technology `lvt90` is defined twice",
    ),
    (
        {"train": "train latim { loss mse loss mse }"},
        "5:24 'loss': IM111 `loss` is given twice",
    ),
    ({"verify": "verify { corners tt, TT }"}, "6:22 'TT': IM111 `TT` is given twice"),
    ({"emit": "emit ngspice, ngspice"}, "7:15 'ngspice': IM111 `ngspice` is given twice"),
    (
        layer("inverter size 1 inverter size 2"),
        "3:53 'inverter size 2': IM111 `inverter` is given twice",
    ),
    # the form of values
    (
        {"train": "train latim { loss mse epochs 1 .. 2 }"},
        "5:31 '1 .. 2': IM113 `epochs` must be one number, not `1 .. 2`",
    ),
    (
        {"train": "train latim { loss mse epochs 1, 2 }"},
        "5:34 '2': IM113 `epochs` takes one value, not 2",
    ),
    ({"train": "train latim { loss 3 }"}, "5:20 '3': IM113 `loss` must be a name, not `3`"),
    (
        {"memristor": "memristor tio2 { conductance 120 nS }"},
        "2:30 '120 nS': IM113 `conductance` must be a range, `low .. high`, not `120 nS`",
    ),
    (
        {"data": "data { set iris encode 0 .. 1 }"},
        "4:24 '0 .. 1': IM113 `encode` must be a map, `low .. high -> low .. high`, not `0 .. 1`",
    ),
    (
        {"train": "train latim { loss cross_entropy { epochs 3 } }"},
        "5:34 '{ epochs 3 }': IM113 `loss` takes no block",
    ),
    ({"data": "data { file x }"}, "4:13 'x': IM017 `file` must be a file name in quotes, not `x`"),
    (
        {"data": 'data { set iris file "x" }'},
        "4:17 'file \"x\"': IM117 `data` must have either `set` or `file`, not both",
    ),
    (
        {"data": 'data { set iris labels "x" }'},
        "4:17 'labels \"x\"': IM117 `labels` must go with a `file`",
    ),
    # the network
    (
        members("layer h[3] { inverter size 1 } output y[3] { inverter size 1 }"),
        "3:1 'network n': IM122 network `n` must have an `input`",
    ),
    (
        members("input x[3] layer h[3] { inverter size 1 }"),
        "3:1 'network n': IM122 network `n` must have an `output`",
    ),
    (
        members("input x[3] input z[3] output y[3] { inverter size 1 }"),
        "3:24 'input z': IM122 network `n` must have one `input`, not 2",
    ),
    (
        members("output y[3] { inverter size 1 } input x[3]"),
        "3:45 'input x': IM122 `input` must come before the layers",
    ),
    (
        members("input x[3] output y[3] { inverter size 1 } layer h[3] { inverter size 1 }"),
        "3:24 'output y': IM122 `output` must come last",
    ),
    (
        members("input x[4] layer Y[3] { inverter size 1 } output y[3] { inverter size 1 }"),
        "3:62 'y': IM123 the name `y` is taken by `Y`",
    ),
    (
        members("input y[4] output y[3] { inverter size 1 }"),
        "3:31 'y': IM123 the name `y` is taken by `y`",
    ),
    (members(TINY, "Inverter"), "3:9 'Inverter': IM124 a network cannot be called `Inverter`"),
    (
        members(TINY, "crossbar_y"),
        "3:9 'crossbar_y': IM124 a network cannot be called `crossbar_y`",
    ),
    (members(TINY, "NLVT"), "3:9 'NLVT': IM124 a network cannot be called `NLVT`"),
    (
        members(TINY, "n" * 65),
        f"3:9 '{'n' * 65}': IM018 a name must have at most 64 characters, this one has 65",
    ),
    (
        members("input x[4] output y[1] { inverter size 1 }"),
        "5:15 'loss cross_entropy': "
        "IM125 `loss cross_entropy` must have two outputs or more, `y` has 1",
    ),
    (
        {"data": "data { set iris target 0 .. 1 -> 0 V .. 0.1 V }"},
        "4:17 'target 0 .. 1 -> 0 V .. 0.1 V': "
        "IM125 `target` must go with `loss mse`, not with `loss cross_entropy`",
    ),
    # constants
    (
        {"before": "let a = hiden\nlet hidden = 3"},
        "1:9 'hiden': IM101 undefined constant `hiden`",
    ),
    (
        {"before": "let a = b\nlet b = c\nlet c = a"},
        "3:9 'a': IM102 the constant `a` is defined by itself",
    ),
    ({"before": "let a = 1 / (2 - 2)"}, "1:13 '(2 - 2)': IM103 division by zero"),
    ({"before": "let a = 1\nlet a = 2"}, "2:5 'a': IM104 the constant `a` is defined twice"),
    (
        {"before": "let a = 3 V + 2 S"},
        "1:15 '2 S': "
        "IM107 the two sides of `+` must be of one kind, not a voltage and a conductance",
    ),
    (
        {"before": "let a = 27 C + 50 C"},
        "1:9 '27 C': IM108 a temperature in degrees Celsius takes no part in arithmetic",
    ),
    (
        {"before": "let a = 1e999999"},
        "1:9 '1e999999': IM016 a number must have at most 60 digits and an exponent from -60 to 60",
    ),
    (
        {"before": "let a = 1e60 * 1e60 * 1e60"},
        "1:9 '1e60 * 1e60 * 1e60': "
        "IM016 the result must be between 1e-150 and 1e150 and have a moderate number of digits",
    ),
]


@pytest.mark.parametrize(("blocks", "message"), CHECKS, ids=[x.split(": ")[1] for _, x in CHECKS])
def test_a_wrong_source_is_refused_at_the_place_that_is_wrong(folder: Folder, blocks, message):
    assert folder.errors(source(**blocks)) == [message]


@pytest.mark.parametrize(
    ("blocks", "help"),
    [
        ({"technology": "technology lvt90 { supply 0.25 }"}, "put its unit behind it, as in `1 V`"),
        ({"technology": "technology lvt91"}, "did you mean `lvt90`?"),
        ({"data": "data { set fashion }"}, "did you mean `fashion-mnist`?"),
        ({"train": "train latim { loss cross_entropie }"}, "did you mean `cross_entropy`?"),
        ({"train": "train latim { loss mse epoch 3 }"}, "did you mean `epochs`?"),
        ({"emit": "emit nspice"}, "did you mean `ngspice`?"),
        ({"emit": "emit hspcie"}, "did you mean `hspice`?"),
        ({"before": "let a = hiden\nlet hidden = 3"}, "did you mean `hidden`?"),
        (layer("inverter size 10 .. 1"), "exchange its ends"),
    ],
)
def test_a_wrong_source_comes_with_a_remedy(folder: Folder, blocks, help):
    assert [diagnostic.help for diagnostic in folder.diagnostics(source(**blocks))] == [help]


def test_an_unknown_setting_is_answered_with_the_known_ones(folder: Folder):
    (diagnostic,) = folder.diagnostics(source(train="train latim { loss mse speed 3 }"))
    assert diagnostic.notes == (f"its settings are {REMAINING}",)


def test_every_independent_mistake_is_reported_in_reading_order(folder: Folder):
    text = source(
        before="let width = 1 / 0",
        technology="technology lvt90 { supply 9 V   corner tx }",
        memristor="memristor tio2 { levels 1   variation -1 % }",
        **members("input x[width] layer h[0] { inverter size 0 } output y[3] { inverter size 1 }"),
        train="train latim { loss mse   epochs 0   batch 0.5 }",
        emit="emit eldo, programming xml",
    )
    assert [message.split(": ")[0] for message in folder.errors(text)] == [
        "1:17 '0'",
        "2:27 '9 V'",
        "2:40 'tx'",
        "3:25 '1'",
        "3:39 '-1 %'",
        "4:36 '0'",
        "4:55 '0'",
        "6:33 '0'",
        "6:43 '0.5'",
        "8:6 'eldo'",
        "8:24 'xml'",
    ]


def test_what_rests_on_a_mistake_is_not_reported_again(folder: Folder):
    text = source(
        before="let a = nothing\nlet b = a + 1",
        **members("input x[a] output y[b] { inverter size a .. b }"),
    )
    assert folder.errors(text) == ["1:9 'nothing': IM101 undefined constant `nothing`"]


def test_a_definition_that_lacks_something_says_all_that_it_lacks(folder: Folder):
    text = source(technology='technology mine { library "net.imnn" nmos n { width 1 um } }')
    assert folder.errors(text) == [
        "1:1 'technology mine': IM112 `technology mine` must have `corners`, `pmos` and `supply`",
        "1:38 'nmos': IM112 `nmos` must have `length`",
    ]


def test_terminals_are_all_four_of_them(folder: Folder):
    text = source(
        technology='technology mine { library "net.imnn" corners tt supply 1 V '
        "nmos n { width 1 um length 1 um } pmos p { width 1 um length 1 um } "
        "terminals drain, gate, sauce, bulk prefix Q }"
    )
    assert folder.errors(text) == [
        "1:151 'sauce': IM138 `terminals` must be `drain`, `gate`, `source` or `bulk`, not `sauce`",
        "1:170 'Q': IM138 `prefix` must be `M` or `X`, not `Q`",
    ]


def test_a_model_file_must_exist(folder: Folder):
    text = source(
        technology='technology mine { library "no.lib" corners tt supply 1 V '
        "nmos n { width 1 um length 1 um } pmos p { width 1 um length 1 um } }"
    )
    assert folder.errors(text) == ["1:27 '\"no.lib\"': IM143 there is no model file `no.lib`"]
