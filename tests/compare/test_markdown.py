"""`compare.md`: tables that are tables, and the figures of `compare.json` in them."""

from __future__ import annotations

import json

import pytest

from imnnc.compare.markdown import markdown
from imnnc.compare.record import record
from tests.support.invented import METHODS, comparison

KINDS = {
    "classes": {},
    "regression": {"classes": False, "data": "inversek2j"},
    "one seed": {"seeds": (1,)},
    "one method": {"methods": ("latim",)},
    "without latim": {"methods": ("phax", "rim")},
    "nothing swept": {"swept": False},
    "own data": {"data": None},
    "reduced": {"reduced": True},
    "one does not move": {"dead": ("rim",)},
    "none moves": {"dead": METHODS, "classes": False},
}


def tables(text: str) -> list[list[list[str]]]:
    """The cells of each table, row by row."""
    found: list[list[list[str]]] = []
    previous = ""
    for line in text.split("\n"):
        if line.startswith("|"):
            if not previous.startswith("|"):
                found.append([])
            assert line.rstrip().endswith("|")
            found[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        previous = line
    return found


def rendered(**kind: object) -> str:
    return markdown(json.loads(json.dumps(record(comparison(**kind)))))


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_of_a_table_has_the_cells_of_its_head(kind):
    text = rendered(**KINDS[kind])
    for head, rule, *rows in tables(text):
        assert set("".join(rule)) == {"-"}
        assert len(rule) == len(head)
        assert rows
        for row in rows:
            assert len(row) == len(head)
    assert "None" not in text
    assert "nan" not in text
    assert "\n\n\n" not in text


def test_a_column_is_a_method_and_a_row_a_figure():
    figures, ratios, sweeps = tables(rendered())
    assert figures[0] == ["", *(name.upper() for name in METHODS)]
    rows = {row[0]: row[1:] for row in figures[2:]}
    assert rows["prediction error, RMS"] == [
        "12 mV ± 2.83 mV",
        "6 mV ± 1.41 mV",
        "1.2 mV ± 283 µV",
    ]
    assert rows["accuracy, simulated"] == 3 * ["83.00 % ± 1.41 %"]
    assert rows["accuracy, predicted, all 10000 test samples"][0].startswith("85.00 %")
    circuit = "accuracy of the circuit, all 10000 test samples, exact operating points"
    assert rows[circuit][0].startswith("83.50 %")
    assert rows["energy of the rails, common hold of 40 ns"][0].startswith("8 pJ")
    assert rows["total inverter size"] == 3 * ["50"]
    assert ratios[2:] == [
        ["RMS error, PHAX / LATIM", "10", "14"],
        ["RMS error, RIM / LATIM", "5", "6"],
        ["energy of the rails, LATIM against PHAX, own hold", "75 % lower", "62 % lower"],
        ["the same, common hold", "75 % lower", ""],
        ["the same, all sources, own hold", "0 % higher", ""],
        ["the same, all sources, common hold", "0 % higher", ""],
        ["energy of the rails, LATIM against RIM, own hold", "83 % lower", "53 % lower"],
        ["the same, common hold", "83 % lower", ""],
        ["the same, all sources, own hold", "0 % higher", ""],
        ["the same, all sources, common hold", "0 % higher", ""],
    ]
    assert [row[:3] for row in sweeps[2:]] == [
        ["RIM", "resistor_ohms", "200000"],
        ["RIM", "resistor_ohms", "500000"],
    ]
    assert [row[-1] for row in sweeps[2:]] == ["chosen", ""]


def test_what_is_not_measured_is_said_to_be():
    figures, ratios, _ = tables(rendered(dead=("rim",)))
    assert figures[0] == ["", "PHAX", "LATIM", "RIM"]
    rows = {row[0]: row[1:] for row in figures[2:]}
    for name in ("delay (own hold)", "energy of the rails, own hold"):
        assert rows[name][2] == "not measured"
        assert "not measured" not in rows[name][:2]
    assert ["energy of the rails, LATIM against RIM, own hold", "not measured"] in [
        row[:2] for row in ratios
    ]


def test_one_seed_has_figures_without_deviations():
    text = rendered(seeds=(1,))
    assert "±" not in text
    assert text.startswith("20 test samples of `sample` (4-3-2), corner `tt`, seed 1, in ngspice ")
    assert "corner `tt`, seeds 1, 2, in ngspice" in rendered()


def test_a_regression_shows_errors_to_its_targets():
    figures, *_ = tables(rendered(classes=False))
    rows = {row[0]: row[1:] for row in figures[2:]}
    assert rows["MSE to the targets, simulated"][0].startswith("0.00024 V²")
    assert not any(name.startswith("accuracy") for name in rows)


def test_where_nothing_was_published_nothing_is_claimed():
    for data in (None, "iris"):
        text = rendered(data=data)
        assert "published" not in text
        assert tables(text)[1][0] == ["ratio", "measured"]


def test_without_latim_there_are_no_ratios_and_without_sweeps_no_sweeps():
    assert len(tables(rendered(methods=("phax", "rim")))) == 2
    assert len(tables(rendered(swept=False))) == 2
    assert "Sweeps" not in rendered(swept=False)


def test_a_method_that_takes_more_is_said_to():
    found = record(comparison())
    found["ratios"]["energy_latim_over_rim"]["rails"] = 1.25
    assert "LATIM against RIM, own hold | 25 % higher |" in markdown(found)


def test_a_reduced_crossbar_is_owned_up_to():
    assert "the first crossbar as its exact Thévenin equivalents" in rendered(reduced=True)
    assert "Thévenin" not in rendered()
