"""`law sinh b / V` of a memristor: what it may be, and what it goes with."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import Source
from imnnc.lang import format_source
from tests.support.sources import Folder, source

MEMRISTOR = "memristor own { conductance 120 nS .. 1 uS %s }"


def per_volt(folder: Folder, law: str, before: str = "", **defines: str) -> float | None:
    text = source(before=before, memristor=MEMRISTOR % law)
    return folder.design(text, defines).memristor.parasitics.sinh_per_volt


def test_without_a_law_cells_are_resistors(folder: Folder):
    assert per_volt(folder, "") is None


@pytest.mark.parametrize("law", ["sinh 0.05 / V", "sinh 0.05/V", "sinh 1 / 20 V", "sinh 10 % / V"])
def test_a_law_has_a_number_per_volt(folder: Folder, law):
    assert per_volt(folder, f"law {law}") == (0.1 if "%" in law else 0.05)


def test_the_number_is_an_expression(folder: Folder):
    assert per_volt(folder, "law sinh b", "let b = 3 / 1 V ") == 3.0
    assert per_volt(folder, "law sinh b / V", "let b = 3 ", b="2") == 2.0
    # A constant of one's own that is called as a unit is itself.
    assert per_volt(folder, "law sinh 1 / V", "let V = 2 V ") == 0.5


def test_words_of_a_law_are_names_elsewhere(folder: Folder):
    assert per_volt(folder, "law sinh law / V", "let law = 2 ") == 2.0


def test_a_memristor_that_is_refined_keeps_its_law(folder: Folder):
    folder.write(MEMRISTOR % "law sinh 2 / V", "devices.imnn")
    text = source(before='import "devices.imnn"', memristor="memristor own { variation 2 % }")
    assert folder.design(text).memristor.parasitics.sinh_per_volt == 2.0


def test_its_canonical_form():
    text = format_source(Source("net.imnn", "memristor m{law  sinh 0.05/V levels 4}"))
    assert text == "memristor m { law sinh 0.05 / V   levels 4 }\n"
    assert format_source(Source("net.imnn", text)) == text


@pytest.mark.parametrize(
    ("law", "errors"),
    [
        ("sinh 0.05", ["2:53 '0.05': IM100 `law` must be a number per volt, not a plain number"]),
        ("sinh 2 V", ["2:53 '2 V': IM100 `law` must be a number per volt, not a voltage"]),
        (
            "sinh 25 / V",
            ["2:53 '25 / V': IM114 `law` must be from 0.001 / V to 20 / V, not 25 / V"],
        ),
        (
            "sinh -1 / V",
            ["2:53 '-1 / V': IM114 `law` must be from 0.001 / V to 20 / V, not -1 / V"],
        ),
        ("tanh 2 / V", ["2:48 'tanh': IM138 `law` must be `sinh` or `model`, not `tanh`"]),
        ("sinh 2 / U", ["2:57 'U': IM101 undefined constant `U`"]),
        ("2 / V", ["2:48 '2': IM001 `law` must be a word and a number, found `2`"]),
        ("sinh", ["2:53 '}': IM013 `sinh` needs a value, found `}`"]),
        (
            "sinh levels 4",
            ["2:53 'levels': IM013 `sinh` needs a value, found `levels`"],
        ),
        ("sinh 2 / V law sinh 3 / V", ["2:59 'law': IM111 `law` is given twice"]),
    ],
)
def test_mistakes_are_told_at_their_places(folder: Folder, law, errors):
    assert folder.errors(source(memristor=MEMRISTOR % f"law {law}")) == errors


MODEL = 'law model "cell.lib" my_cell %s'


def test_cells_may_be_of_a_library_which_goes_with_the_models_of_transistors(folder: Folder):
    folder.write("* empty\n", "cell.lib")
    design = folder.design(source(memristor=MEMRISTOR % (MODEL % "resistance r")))
    model = design.memristor.model
    assert model is not None
    assert (model.subcircuit, model.parameter, model.quantity) == ("my_cell", "r", "resistance")
    assert model.library.name == "cell.lib"
    assert design.technology.includes[-1] == model.library
    assert design.memristor.parasitics.law is None


def test_the_library_lies_beside_the_source_that_has_the_memristor(folder: Folder):
    folder.write(MEMRISTOR % (MODEL % "conductance g"), "devices.imnn")
    folder.write("* empty\n", "cell.lib")
    text = source(before='import "devices.imnn"', memristor="memristor own { variation 2 % }")
    assert folder.design(text).memristor.model is not None
    refined = source(before='import "devices.imnn"', memristor="memristor own { law sinh 2 / V }")
    again = folder.design(refined).memristor
    assert (again.model, again.parasitics.sinh_per_volt) == (None, 2.0)


def test_the_canonical_form_of_a_model():
    text = format_source(Source("net.imnn", 'memristor m{law  model"c.lib"  x   conductance g}'))
    assert text == 'memristor m { law model "c.lib" x conductance g }\n'


@pytest.mark.parametrize(
    ("law", "errors"),
    [
        (
            MODEL % "conductanc g",
            [
                "2:73 'conductanc': IM138 the parameter of a cell must be `conductance` or"
                " `resistance`, not `conductanc`"
            ],
        ),
        (
            MODEL % "conductance",
            ["2:85 '}': IM001 `law model` needs its parameter, found `}`"],
        ),
        (
            "law model cell.lib my_cell conductance g",
            ["2:54 'cell': IM001 `law model` needs a file name in quotes, found `cell`"],
        ),
        ("law model", ["2:54 '}': IM001 `law model` needs a file name in quotes, found `}`"]),
        (
            "law model 3 / V",
            [
                "2:48 'model 3 / V': IM113 `law model` must be a file name in quotes, not"
                " `model 3 / V`"
            ],
        ),
        (
            'law sinh "cell.lib" x conductance g',
            [
                "2:48 'sinh \"cell.lib\" x conductance g': IM113 `law sinh` must be a number"
                ' per volt, not `sinh "cell.lib" x conductance g`'
            ],
        ),
        (
            'law model "cell.va" x conductance g',
            [
                "2:54 '\"cell.va\"': IM306 a cell must be a subcircuit in SPICE's language,"
                " `cell.va` is Verilog-A"
            ],
        ),
    ],
)
def test_mistakes_in_a_model_are_told_at_their_places(folder: Folder, law, errors):
    assert folder.errors(source(memristor=MEMRISTOR % law)) == errors


def test_a_library_of_cells_must_be_there(folder: Folder):
    assert folder.errors(source(memristor=MEMRISTOR % (MODEL % "conductance g"))) == [
        "2:54 '\"cell.lib\"': IM143 there is no model file `cell.lib`"
    ]


def test_what_a_law_does_not_go_with(folder: Folder):
    text = source(
        technology="technology lvt90 { supply 0.3 V }",
        memristor=MEMRISTOR % "law sinh 20 / V",
        network="crossbar h { wire row 1 Ohm } network n { input x[4]"
        " layer h[3] { inverter size 1 } output Cell[3] { inverter size 1 } }",
        emit="emit ngspice, verilog",
    )
    assert folder.errors(text) == [
        "2:1 'memristor own': IM114 `law` must be at most 16.6667 / V with rails at 300 mV,"
        " not 20 / V",
        "2:1 'memristor own': IM117 memristor `own` must have no `law` in crossbars whose wires"
        " have resistance",
        "3:85 'output Cell': IM123 a layer cannot be called `Cell` where cells have a `law`",
        "7:1 'emit ngspice, verilog': IM505 the model in SystemVerilog has no part for the wires of"
        " crossbars",
        "7:1 'emit ngspice, verilog': IM505 the model in SystemVerilog has no part for the law of"
        " cells",
    ]
