"""Several `train` blocks, the values that they sweep, and the sizes that they ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imnnc.design import METHODS, Network, Sweep, TrainSpec
from imnnc.diagnostics import Source
from imnnc.lang import format_source
from imnnc.passes.pipeline import roots
from tests.support.sources import Folder, source


def network(hidden: str = "1 .. 10", output: str = "1 .. 10") -> str:
    return (
        f"network n {{ input x[4] layer h[3] {{ inverter size {hidden} }} "
        f"output y[3] {{ inverter size {output} }} }}"
    )


def trains(folder: Folder, text: str, sizes: str = network(), **options: object):
    return folder.design(source(train=text, network=sizes), **options).trains


def test_a_source_may_have_a_block_for_each_method(folder: Folder):
    text = """train rim { loss mse   size 4   load 1 MOhm   resistor 50 kOhm   epochs 3 }
        train latim { loss mse   epochs 7 }
        train phax { loss mse }"""
    design = folder.design(source(train=text))
    assert design.trains == (
        TrainSpec("rim", "mse", epochs=3, size=4.0, load_ohms=1e6, resistor_ohms=5e4),
        TrainSpec("latim", "mse", epochs=7),
        TrainSpec("phax", "mse"),
    )
    assert design.train is design.trains[0]


def test_settings_of_a_method_have_defaults(folder: Folder):
    (spec,) = trains(folder, "train rim { loss mse }")
    assert (spec.size, spec.load_ohms, spec.resistor_ohms) == (5.0, 0.9e6, None)
    assert spec.sweeps == ()


def test_a_method_may_form_all_cells_whatever_layers_say(folder: Folder):
    sizes = network(hidden="1 .. 10 unformed 50 %, 80 %")
    text = "train latim { loss mse } train phax { loss mse unformed off }"
    design = folder.design(source(train=text, network=sizes))
    assert [train.all_formed for train in design.trains] == [None, True]
    assert design.trained_network is design.network
    assert design.network.layers[0].unformed == (0.5, 0.8)
    design = folder.design(source(train=text, network=sizes), method="phax")
    assert [layer.unformed for layer in design.trained_network.layers] == [None, None]
    assert roots(design)[Network] == design.trained_network
    assert design.network.layers[0].unformed == (0.5, 0.8)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("on", "5:32 'on': IM113 `unformed` must be `off`, not `on`"),
        ("50 %", "5:32 '50 %': IM113 `unformed` must be a name, not `50 %`"),
    ],
)
def test_of_unformed_cells_a_method_says_nothing_else(folder: Folder, value: str, error: str):
    text = f"train phax {{ loss mse unformed {value} }}"
    assert folder.errors(source(train=text, before="")) == [error]


def test_training_may_be_for_chips_and_over_corners(folder: Folder):
    text = """train latim { loss mse   chips on   corners tt, ff, sf }
        train phax { loss mse   chips off }
        train rim { loss mse }"""
    latim, phax, rim = trains(folder, text)
    assert (latim.chips, latim.corners, latim.nominal) == (True, ("tt", "ff", "sf"), False)
    assert phax == TrainSpec("phax", "mse")
    assert (rim.chips, rim.corners, rim.nominal) == (None, None, True)
    made, *_ = trains(folder, text, method="equilibrium")
    assert (made.chips, made.corners) == (True, ("tt", "ff", "sf"))
    shown = format_source(Source("net.imnn", "train latim { loss mse chips on corners tt,ff }"))
    assert shown == "train latim { loss mse   chips on   corners tt, ff }\n"


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ("chips yes", "5:30 'yes': IM113 `chips` must be `on` or `off`, not `yes`"),
        ("chips 3", "5:30 '3': IM113 `chips` must be a name, not `3`"),
        ("chips on, off", "5:34 'off': IM113 `chips` takes one value, not 2"),
        (
            "corners tt, xx",
            "5:36 'xx': IM131 `corner` must be `tt`, `ff`, `ss`, `sf` or `fs`, not `xx`",
        ),
        ("corners tt, TT", "5:36 'TT': IM111 `TT` is given twice"),
        ("corners 27 C", "5:32 '27 C': IM113 `corners` must be a name, not `27 C`"),
    ],
)
def test_what_chips_and_corners_are_is_a_word(folder: Folder, setting: str, error: str):
    text = f"train latim {{ loss mse {setting} }}"
    assert folder.errors(source(train=text, before="")) == [error]


def test_a_list_of_values_is_a_sweep_that_begins_with_the_first(folder: Folder):
    (spec,) = trains(
        folder,
        "train rim { resistor 50 kOhm, 100 kOhm   load 1 MOhm   size 5, 2   loss mse "
        "energy_weight 0, 0.01   learning_rate 0.01, 0.02, 0.04 }",
    )
    assert spec == TrainSpec(
        "rim",
        "mse",
        learning_rate=0.01,
        energy_weight=0.0,
        size=5.0,
        load_ohms=1e6,
        resistor_ohms=5e4,
        sweeps=(
            Sweep("learning_rate", (0.01, 0.02, 0.04)),
            Sweep("energy_weight", (0.0, 0.01)),
            Sweep("size", (5.0, 2.0)),
            Sweep("resistor_ohms", (5e4, 1e5)),
        ),
    )


def test_the_seed_of_the_command_line_is_that_of_every_block(folder: Folder):
    text = "train latim { loss mse seed 3 }\ntrain phax { loss mse }"
    assert [spec.seed for spec in trains(folder, text, seed=9)] == [9, 9]
    assert folder.errors(source(train=text), seed=-1) == [
        "1:1 '-1': IM114 `seed` must be from 0 to 4294967295, not -1"
    ]


@pytest.mark.parametrize(
    ("size", "asked"),
    [
        (network("3", "3"), 3.0),
        (network("3 continuous", "3"), 3.0),
        (network("1 .. 10", "5"), 5.0),
    ],
)
def test_one_fixed_size_of_all_inverters_is_the_default(folder: Folder, size, asked):
    assert trains(folder, "train phax { loss mse }", size)[0].size == asked
    assert trains(folder, "train latim { loss mse }", size, method="rim")[0].size == asked


def test_a_method_of_the_command_line_puts_its_block_first(folder: Folder):
    text = "train latim { loss mse }\ntrain phax { loss mse size 2 }\ntrain rim { loss mse }"
    latim, phax, rim = trains(folder, text)
    assert trains(folder, text, method="phax") == (phax, latim, rim)
    assert trains(folder, text, method="latim") == (latim, phax, rim)


def test_a_method_without_a_block_takes_what_methods_have_in_common(folder: Folder):
    text = """train phax { loss mse   epochs 3   batch 4   seed 5   energy_weight 0.5, 0.6
        learning_rate 0.1   validation 20 %   patience 6   accuracy_margin 1 %
        sweep_margin 0.5 %   size 2, 3   load 1 kOhm }"""
    (phax,) = trains(folder, text)
    made, second = trains(folder, text, method="rim")
    assert second == phax
    assert made == TrainSpec(
        "rim",
        "mse",
        epochs=3,
        batch=4,
        seed=5,
        energy_weight=0.5,
        learning_rate=0.1,
        validation=0.2,
        patience=6,
        accuracy_margin=0.01,
        sweep_margin=0.005,
        sweeps=(Sweep("energy_weight", (0.5, 0.6)),),
    )
    assert made.span is not None
    assert made.span.place.endswith("net.imnn:5:1")
    assert made == replace(trains(folder, text, method="latim")[0], method="rim")


@pytest.mark.parametrize("method", METHODS)
def test_sweeps_have_a_margin_of_their_own(folder: Folder, method: str):
    (spec,) = trains(folder, f"train {method} {{ loss mse   sweep_margin 0.5 % }}")
    assert (spec.accuracy_margin, spec.sweep_margin) == (0.002, 0.005)
    (spec,) = trains(folder, f"train {method} {{ loss mse   accuracy_margin 0.5 % }}")
    assert (spec.accuracy_margin, spec.sweep_margin) == (0.005, 0.002)
    assert spec.sweeps == ()


@pytest.mark.parametrize("margin", ["0 %", "100 %"])
def test_a_margin_may_be_nothing_or_everything(folder: Folder, margin: str):
    (spec,) = trains(folder, f"train latim {{ loss mse   sweep_margin {margin} }}")
    assert spec.sweep_margin == float(margin[:-1]) / 100


@pytest.mark.parametrize(
    ("margin", "message"),
    [
        ("-1 %", "IM114 `sweep_margin` must be from 0 % to 100 %, not -1 %"),
        ("101 %", "IM114 `sweep_margin` must be from 0 % to 100 %, not 101 %"),
        ("1 mV", "IM100 `sweep_margin` must be a plain number, not a voltage"),
        ("1 %, 2 %", "IM113 `sweep_margin` takes one value, not 2"),
    ],
)
def test_a_margin_is_one_part_of_the_whole(folder: Folder, margin: str, message: str):
    (found,) = folder.errors(source(train=f"train latim {{ loss mse sweep_margin {margin} }}"))
    assert found.partition("': ")[2] == message


def test_an_unknown_method_of_the_command_line_is_refused(folder: Folder):
    (diagnostic,) = folder.diagnostics(source(), method="latin")
    assert diagnostic.render() == (
        "error[IM135]: `method` must be `latim`, `phax`, `rim` or `equilibrium`, not `latin`\n"
        " --> --method:1:1\n"
        "  |\n"
        "1 | latin\n"
        "  | ^^^^^\n"
        "  = help: did you mean `latim`?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "train latim { loss mse size 5 }",
            "5:24 'size': IM110 `train latim` has no setting `size`",
        ),
        (
            "train latim { loss mse epochs 3 load 1 MOhm }",
            "5:33 'load': IM110 `train latim` has no setting `load`",
        ),
        (
            "train phax { loss mse resistor 1 kOhm }",
            "5:23 'resistor': IM110 `train phax` has no setting `resistor`",
        ),
        ("train rim { epochs 3 }", "5:1 'train rim': IM112 `train rim` must have a `loss`"),
        (
            "train phax { loss mse load 5 }",
            "5:28 '5': IM100 `load` must be a resistance, not a plain number",
        ),
        (
            "train phax { loss mse load 0.5 Ohm }",
            "5:28 '0.5 Ohm': IM114 `load` must be from 1 Ohm to 1 TOhm, not 500 mOhm",
        ),
        (
            "train rim { loss mse resistor 1 kOhm, 2 TOhm }",
            "5:39 '2 TOhm': IM114 `resistor` must be from 1 Ohm to 1 TOhm, not 2 TOhm",
        ),
        (
            "train rim { loss mse size 0 }",
            "5:27 '0': IM114 `size` must be from 0.1 to 10000, not 0",
        ),
        (
            "train rim { loss mse size 1 .. 3 }",
            "5:27 '1 .. 3': IM113 `size` must be a number or a list of numbers, not `1 .. 3`",
        ),
        (
            "train rim { loss mse resistor 1 MOhm, 2 MOhm, 1000 kOhm }",
            "5:47 '1000 kOhm': IM111 `resistor` has the value 1 MOhm twice",
        ),
        (
            f"train latim {{ loss mse energy_weight {', '.join(map(str, range(33)))} }}",
            "5:156 '32': IM113 `energy_weight` takes at most 32 values, not 33",
        ),
        (
            "train latim { loss mse }\ntrain phax { loss cross_entropy }",
            "6:14 'loss cross_entropy': "
            "IM126 `loss` must be `mse` in every `train` block, not `cross_entropy`",
        ),
        (
            "train rim { loss mse size 4, 12 }",
            "5:30 '12': IM127 `size` must be one that every inverter can have, not 12",
        ),
        (
            "train rim { loss mse size 2.5 }",
            "5:27 '2.5': IM127 `size` must be one that every inverter can have, not 2.5",
        ),
    ],
)
def test_a_wrong_block_is_refused_at_the_place_that_is_wrong(folder: Folder, text, message):
    assert folder.errors(source(train=text)) == [message]


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("train latim { loss mse size 5 }", "`size` is a setting of `train phax` and `train rim`"),
        ("train phax { loss mse resistor 1 kOhm }", "`resistor` is a setting of `train rim`"),
        ("train phax { loss mse sise 1 }", "did you mean `size`?"),
    ],
)
def test_a_setting_of_another_method_comes_with_a_remedy(folder: Folder, text, help):
    (diagnostic,) = folder.diagnostics(source(train=text))
    assert diagnostic.help == help


def test_every_mistake_of_every_block_is_reported(folder: Folder):
    text = """train latim { loss mse epochs 0 }
train phax { loss mse size 0, 12, 13 learning_rate 1, 1, 100 }
train latim { }"""
    assert [message.split(": ")[0] for message in folder.errors(source(train=text))] == [
        "5:31 '0'",
        "6:28 '0'",
        "6:31 '12'",
        "6:35 '13'",
        "6:55 '1'",
        "6:58 '100'",
        "7:1 'train latim'",
    ]


def test_a_size_that_a_layer_cannot_have_is_shown_with_the_sizes_of_the_layer(folder: Folder):
    text = source(train="train phax { loss mse   size 7 }", network=network("1 .. 6"))
    (diagnostic,) = folder.diagnostics(text)
    assert diagnostic.render().replace(f"{folder.path}/", "") == (
        "error[IM127]: `size` must be one that every inverter can have, not 7\n"
        " --> net.imnn:5:30\n"
        "  |\n"
        "5 | train phax { loss mse   size 7 }\n"
        "  |                              ^\n"
        " --> net.imnn:3:37\n"
        "  |\n"
        "3 | network n { input x[4] layer h[3] { inverter size 1 .. 6 } "
        "output y[3] { inverter size 1 .. 10 } }\n"
        "  |                                     -------------------- the sizes of `h`\n"
        "  = help: write `size 6`"
    )


@pytest.mark.parametrize(
    ("sizes", "help"),
    [
        (network("1 .. 4"), "write `size 4`"),
        (network("0.5 .. 9.5", "0.5 .. 9.5"), "write `size 4.5`"),
        (network("1 .. 10 step 3", "2 .. 10 step 2"), "write `size 4`"),
        (network("6.5 .. 8 continuous", "0.5 .. 9.5 continuous"), "write `size 6.5`"),
        (network("1 .. 10", "2.5"), "give the layers a size in common"),
        (network("3", "4"), "give the layers a size in common"),
    ],
)
def test_a_default_size_that_does_not_fit_comes_with_one_that_does(folder: Folder, sizes, help):
    text = source(train="train phax { loss mse }", network=sizes)
    (diagnostic,) = folder.diagnostics(text)
    assert (diagnostic.message, diagnostic.notes, diagnostic.help) == (
        "`size` must be one that every inverter can have, not 5",
        ("without `size` it is 5",),
        help,
    )
    assert folder.errors(text)[0].startswith("5:1 'train phax': IM127")


def test_the_default_size_of_a_method_without_a_block_must_fit_too(folder: Folder):
    text = source(network=network("1 .. 4"))
    assert folder.design(text).train.method == "latim"
    (diagnostic,) = folder.diagnostics(text, method="rim")
    assert diagnostic.help == "add a `train rim` block with `size 4`"
    assert folder.errors(text, method="rim") == [
        "5:1 'train latim': IM127 `size` must be one that every inverter can have, not 5"
    ]


def test_blocks_and_lists_in_canonical_form():
    untidy = "train rim{loss mse size 1,2,\n5 resistor 50kOhm,100kOhm}\ntrain latim{loss mse}"
    assert format_source(Source("net.imnn", untidy)) == (
        "train rim { loss mse   size 1, 2, 5   resistor 50 kOhm, 100 kOhm }\n"
        "train latim { loss mse }\n"
    )


_VALUES = {
    "learning_rate": st.integers(1, 9).map(lambda x: f"{x}e-3"),
    "energy_weight": st.integers(0, 9).map(str),
    "size": st.integers(1, 10).map(str),
    "load": st.integers(1, 9).map(lambda x: f"{x}MOhm"),
    "resistor": st.integers(1, 9).map(lambda x: f"{x}e3 Ohm"),
}


@st.composite
def training_blocks(draw: st.DrawFn) -> str:
    """The text of one to four blocks that are right, with lists."""
    blocks = []
    for method in draw(st.lists(st.sampled_from(list(METHODS)), unique=True, min_size=1)):
        allowed = {"latim": 2, "equilibrium": 2, "phax": 4, "rim": 5}[method]
        keys = draw(st.lists(st.sampled_from(list(_VALUES)[:allowed]), unique=True))
        lists = [draw(st.lists(_VALUES[key], unique=True, min_size=1)) for key in keys]
        given_values = [f"{key} {','.join(x)}" for key, x in zip(keys, lists, strict=True)]
        blocks.append(f"train {method}{{loss mse\t{' '.join(given_values)}}}")
    return draw(st.sampled_from(["\n", " ", "\n\n\n", " // c\n"])).join(blocks)


@given(text=training_blocks())
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_formatting_changes_no_training(folder: Folder, text: str):
    whole = source(train=text)
    once = format_source(Source("net.imnn", whole))
    assert format_source(Source("net.imnn", once)) == once
    assert folder.design(once).trains == folder.design(whole).trains


def test_training_may_begin_at_a_model_and_learn_of_it(folder: Folder):
    text = 'train latim { from "w.npz"   teacher 70 %   loss mse }'
    (spec,) = trains(folder, text)
    assert spec.model == folder.path / "w.npz"
    assert spec.teacher == 0.7
    (spec,) = trains(folder, "train latim { loss mse }")
    assert (spec.model, spec.teacher) == (None, None)


def test_a_teacher_may_be_the_compilers_own(folder: Folder):
    (spec,) = trains(folder, "train latim { teacher 70 %   loss mse }")
    assert (spec.model, spec.teacher) == (None, 0.7)
