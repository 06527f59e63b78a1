"""How arrays are built: `crossbar` blocks, for all layers and for single ones."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import Source
from imnnc.lang import format_source
from imnnc.parasitics import Capacitances, Wires
from tests.support.sources import Folder, source


def wires(folder: Folder, blocks: str, **defines: str) -> tuple[Wires | None, ...] | None:
    return folder.design(source(before=blocks), defines).memristor.parasitics.wires


def test_without_a_block_wires_have_no_resistance(folder: Folder):
    assert wires(folder, "") is None
    assert wires(folder, "crossbar { }") is None


def test_a_block_without_a_name_is_for_all_layers(folder: Folder):
    block = "crossbar { wire row 0.5 Ohm column 1.5 Ohm driver 100 Ohm layout halves }"
    assert wires(folder, block) == (Wires(0.5, 1.5, 100.0, "halves"),) * 2


def test_what_the_block_of_a_layer_leaves_open_is_as_in_that_of_all(folder: Folder):
    blocks = (
        "crossbar y { wire column 9 Ohm } crossbar { wire row 1 Ohm column 2 Ohm layout halves }"
    )
    assert wires(folder, blocks) == (
        Wires(1.0, 2.0, None, "halves"),
        Wires(1.0, 9.0, None, "halves"),
    )


def test_a_block_of_a_layer_alone_leaves_the_others_ideal(folder: Folder):
    assert wires(folder, "crossbar h { driver 1 kOhm }") == (Wires(driver_ohms=1e3), None)


def test_bias_pairs_are_those_of_all_layers_or_of_one(folder: Folder):
    def pairs(blocks: str) -> list[int | None]:
        return [layer.bias_pairs for layer in folder.design(source(before=blocks)).network.layers]

    assert pairs("crossbar { }") == pairs("crossbar { bias 1 }") == [None, None]
    assert pairs("crossbar { bias 3 }") == [3, 3]
    assert pairs("crossbar { bias 3 } crossbar h { driver 1 Ohm bias 1 }") == [None, 3]
    assert pairs("crossbar y { bias 2 }") == [None, 2]
    assert wires(folder, "crossbar y { bias 2 }") is None


def test_bias_pairs_count_among_the_cells_of_a_crossbar(folder: Folder):
    network = (
        "network n { input x[1499] layer h[16384] { inverter size 1 }"
        " output y[2] { inverter size 1 } }"
    )
    assert folder.design(source(network=network)).network.name == "n"
    assert folder.errors(source(network=network, before="crossbar h { bias 27 }")) == [
        "4:27 'layer h': IM114 the crossbar of `h` must have at most 50000000 cells, not 50003968"
    ]


def test_resistances_are_expressions(folder: Folder):
    block = "let pitch = 2 Ohm crossbar { wire row pitch column 3 * pitch }"
    assert wires(folder, block) == (Wires(2.0, 6.0),) * 2
    assert wires(folder, block, pitch="1 Ohm") == (Wires(1.0, 3.0),) * 2


@pytest.mark.parametrize(
    ("block", "errors"),
    [
        (
            "crossbar { wire row 2 S column 3 }",
            [
                "1:21 '2 S': IM100 `row` must be a resistance, not a conductance",
                "1:32 '3': IM100 `column` must be a resistance, not a plain number",
            ],
        ),
        (
            "crossbar { wire row 2 MOhm }",
            ["1:21 '2 MOhm': IM114 `row` must be from 1 mOhm to 1 MOhm, not 2 MOhm"],
        ),
        (
            "crossbar { driver 0 Ohm }",
            ["1:19 '0 Ohm': IM114 `driver` must be from 1 mOhm to 1 MOhm, not 0 Ohm"],
        ),
        (
            "crossbar { wire row 1 Ohm row 2 Ohm }",
            ["1:27 'row': IM111 `row` is given twice"],
        ),
        (
            "crossbar { wire row 1 Ohm wire column 2 Ohm }",
            ["1:27 'wire': IM111 `wire` is given twice"],
        ),
        (
            "crossbar { wire 1 Ohm }",
            ["1:17 '1': IM001 expected `column` or `row`, found `1`"],
        ),
        (
            "crossbar { wire row column 1 Ohm }",
            ["1:21 'column': IM013 `row` needs a value, found `column`"],
        ),
        (
            "crossbar { wire row 1 Ohm layout diagonal }",
            ["1:34 'diagonal': IM138 `layout` must be `interleaved` or `halves`, not `diagonal`"],
        ),
        (
            "crossbar { bias 0 }",
            ["1:17 '0': IM114 `bias` must be from 1 to 1000, not 0"],
        ),
        (
            "crossbar { bias 1.5 }",
            ["1:17 '1.5': IM115 `bias` must be a whole number, not 1.5"],
        ),
        (
            "crossbar { bias 2, 3 }",
            ["1:20 '3': IM113 `bias` takes one value, not 2"],
        ),
        (
            "crossbar { bias 2 Ohm }",
            ["1:17 '2 Ohm': IM100 `bias` must be a plain number, not a resistance"],
        ),
        (
            "crossbar { layout halves }",
            ["1:12 'layout halves': IM117 `layout` must go with a `wire` or a `driver`"],
        ),
        (
            "crossbar { driver 1 Ohm drive 1 Ohm }",
            ["1:25 'drive': IM110 `crossbar` has no setting `drive`"],
        ),
        (
            "crossbar { wire row 1 kOhms }",
            ["1:23 'kOhms': IM012 unknown unit `kOhms`"],
        ),
        (
            "crossbar g { driver 1 Ohm }",
            ["1:1 'crossbar g': IM129 the network has no layer `g`"],
        ),
        (
            "crossbar { driver 1 Ohm } crossbar { driver 2 Ohm }",
            ["1:27 'crossbar': IM121 a design must have one `crossbar`, this is another"],
        ),
        (
            "crossbar h { driver 1 Ohm } crossbar h { driver 2 Ohm }",
            ["1:29 'crossbar h': IM121 a design must have one `crossbar h`, this is another"],
        ),
    ],
)
def test_a_mistake_is_named_at_its_place(folder: Folder, block: str, errors: list[str]):
    assert folder.errors(source(before=block)) == errors


def capacitances(folder: Folder, blocks: str) -> tuple[Capacitances | None, ...] | None:
    return folder.design(source(before=blocks)).memristor.parasitics.capacitances


def test_capacitances_are_of_wires_and_cells_and_each_part_may_be_left_out(folder: Folder):
    block = "crossbar { capacitance row 0.1 fF column 0.2 fF cell 0.05 fF }"
    assert capacitances(folder, block) == (Capacitances(1e-16, 2e-16, 5e-17),) * 2
    assert capacitances(folder, "crossbar { capacitance cell 0 fF }") == (Capacitances(),) * 2
    assert capacitances(folder, "crossbar { driver 1 Ohm }") is None
    blocks = "crossbar h { capacitance row 0 F } crossbar { capacitance row 1 fF column 2 fF }"
    assert capacitances(folder, blocks) == (Capacitances(0, 2e-15), Capacitances(1e-15, 2e-15))
    assert capacitances(folder, "crossbar h { capacitance cell 1 aF }") == (
        Capacitances(cell_farads=1e-18),
        None,
    )


@pytest.mark.parametrize(
    ("setting", "errors"),
    [
        (
            "capacitance row 2 pF",
            ["1:28 '2 pF': IM114 `row` must be from 0 F to 1 pF, not 2 pF"],
        ),
        (
            "capacitance cell 2 Ohm",
            ["1:29 '2 Ohm': IM100 `cell` must be a capacitance, not a resistance"],
        ),
        (
            "capacitance cell 1 fF cell 2 fF",
            ["1:34 'cell': IM111 `cell` is given twice"],
        ),
        (
            "capacitance 1 fF",
            ["1:24 '1': IM001 expected `cell`, `column` or `row`, found `1`"],
        ),
        (
            "wire cell 1 Ohm",
            ["1:17 'cell': IM001 expected `column` or `row`, found `cell`"],
        ),
        (
            "capacitance row 1 Ohm wire column 2 fF",
            [
                "1:28 '1 Ohm': IM100 `row` must be a capacitance, not a resistance",
                "1:46 '2 fF': IM100 `column` must be a resistance, not a capacitance",
            ],
        ),
        (
            "cell 1 fF",
            ["1:12 'cell': IM110 `crossbar` has no setting `cell`"],
        ),
    ],
)
def test_a_mistake_in_a_capacitance_is_named_at_its_place(
    folder: Folder, setting: str, errors: list[str]
):
    assert folder.errors(source(before=f"crossbar {{ {setting} }}")) == errors


def test_a_crossbar_that_could_not_be_solved_with_wires_is_refused(folder: Folder):
    network = (
        "network n { input x[4000] layer h[1000] { inverter size 1 }"
        " output y[2] { inverter size 1 } }"
    )
    text = source(network=network, before="crossbar h { driver 1 Ohm }")
    (error,) = folder.errors(text)
    assert error.endswith(
        "IM114 the crossbar of `h` must have at most 268435456 rows times columns squared to have"
        " wires, not 8002000000"
    )
    assert folder.design(source(network=network)).network.name == "n"


def test_the_model_in_systemverilog_is_refused_before_anything_is_trained(folder: Folder):
    text = source(before="crossbar { driver 1 Ohm }", emit="emit ngspice, verilog")
    assert folder.errors(text) == [
        "8:1 'emit ngspice, verilog': IM505 the model in SystemVerilog has no part for the wires of"
        " crossbars"
    ]


def test_words_of_the_block_are_names_elsewhere(folder: Folder):
    text = source(
        before="let row = 1 Ohm let column = row let wire = 2 let crossbar = 3 let layout = 4",
        network="network n { input x[wire + crossbar - 1] layer row[3] { inverter size 1 .. 10 } "
        "output column[layout - 1] { inverter size 1 .. 10 } }",
    )
    design = folder.design(f"{text} crossbar row {{ wire row row column column }}")
    assert design.network.widths == (4, 3, 3)
    assert design.memristor.parasitics.wires == (Wires(1.0, 1.0), None)


def test_the_canonical_form_keeps_a_wire_on_its_line():
    text = "crossbar  hidden{wire row 1 Ohm\n column 2*r // pitch\n layout halves}"
    assert format_source(Source("net.imnn", text)) == (
        "crossbar hidden {\n    wire row 1 Ohm   column 2 * r  // pitch\n    layout halves\n}\n"
    )
    short = "crossbar { wire row 1 Ohm   column 2 Ohm   driver 5 Ohm }\n"
    assert format_source(Source("net.imnn", short)) == short
    short = "crossbar { capacitance row 0.1 fF   column 0.2 fF   cell 0.05 fF }\n"
    assert format_source(Source("net.imnn", short)) == short
