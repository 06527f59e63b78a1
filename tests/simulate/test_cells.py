"""What ngspice measures of cells that are subcircuits of the user's, and what it refuses."""

from __future__ import annotations

import pytest

from imnnc.diagnostics import CompileError
from tests.support.cells import CUBIC, DIODES, MIXED, SINH, TANH, measured, written

CELL = ".subckt my_cell p n g=1u\n%s\n.ends\n"


def test_a_sine_is_found(tmp_path):
    found = measured(written(tmp_path, SINH))
    assert [(x.per_volt, x.weight) for x in found.model.sines] == [(3.0, 1.0)]
    assert found.model.unit_value == 1.0
    assert found.off_volts < 1e-12


@pytest.mark.parametrize(
    ("text", "quantity", "unit_value", "worst"),
    [
        (MIXED, "conductance", 1e6, 1e-6),
        # 2 R at 0 V: half of it has to be written.
        (CUBIC, "resistance", 0.5, 1e-6),
        (TANH, "conductance", 1.0, 1e-6),
        (DIODES, "conductance", 25.9, 1e-6),
        (CELL % "R1 p n {2/g}", "conductance", 2.0, 1e-6),
    ],
)
def test_the_number_of_a_model_is_what_makes_its_conductance(
    tmp_path, text, quantity, unit_value, worst
):
    found = measured(written(tmp_path, text, quantity))
    assert found.model.unit_value == pytest.approx(unit_value, rel=2e-3)
    assert sum(x.weight for x in found.model.sines) == pytest.approx(1.0)
    assert found.off_volts < worst


@pytest.mark.parametrize("sign", ["*", ";", "; ", "$", "$ ", "//", "  // "])
def test_lines_of_comment_are_those_of_ngspice(tmp_path, sign):
    shorted = f"{sign}R9 p n 1\n"
    lines = SINH.splitlines(keepends=True)
    text = shorted + shorted.join([*lines, ""])
    assert measured(written(tmp_path, text)).model == measured(written(tmp_path, SINH)).model


def test_leaks_of_unformed_cells_are_measured_where_there_are_some(tmp_path):
    floor = written(tmp_path, CELL % "R1 p n {1/max(g,50n)}")
    assert measured(floor).off_volts < 1e-8
    assert refusal(floor, with_leaks=True) == (
        "its current must be in proportion to its conductance, at 1 nS it is 50 times what it would"
        " be in proportion to that at 1 \u00b5S"
    )


def refusal(source, **options) -> str:
    with pytest.raises(CompileError) as caught:
        measured(source, **options)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM308"
    return diagnostic.message.removeprefix("subcircuit `my_cell` cannot be a cell: ")


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("R1 p n {1/gg}", "ngspice could not measure it"),
        (
            "B1 p n i={g}*v(p,n)+1n",
            "a cell of 1 \u00b5S must carry as much either way, it carries 282 nA at 281 mV and"
            " -280 nA at -281 mV",
        ),
        (
            "B1 p n i={g}*(v(p,n)-4*v(p,n)*v(p,n)*v(p,n))",
            "the current of a cell of 1 \u00b5S must rise with the voltage across it, it does not"
            " at 500 mV",
        ),
        (
            "B1 p n i={g}*(v(p,n)+v(p,n)**3)",
            "a cell of 1 \u00b5S must carry as much either way, it carries -375 nA at -500 mV and"
            " 625 nA at 500 mV",
        ),
        (
            "R1 p n {1/g}\nR2 p 0 {1/g}",
            "what it carries must be of the voltage across it alone, wherever its ends are",
        ),
        (
            "R1 p n {1/g}\nE1 x 0 p n 1\nR3 x n {1/g}",
            "what goes in at its first pin must come out at its second",
        ),
        (
            "R1 p n {1/(g+1u)}",
            "its current must be in proportion to its conductance, at 120 nS it is 5.89 times what"
            " it would be in proportion to that at 1 \u00b5S",
        ),
        (
            "B1 p n i={g}*sinh(30*v(p,n))/30",
            "it must bend less: it carries sinh(30 V / 1 V), at most 20 can be solved between"
            " these rails",
        ),
        (
            "B1 p n i={g}*(0.1*v(p,n)+(max(v(p,n)-0.3,0)-max(-v(p,n)-0.3,0)))",
            "its current must be a sum of hyperbolic sines to within 5 mV of the voltage across it,"
            " the best is 19.5 mV off",
        ),
    ],
)
def test_what_the_solver_cannot_have_is_refused(tmp_path, device, reason):
    assert refusal(written(tmp_path, CELL % device)) == reason


def test_no_line_of_a_library_of_cells_runs(tmp_path):
    hostile = CELL % f"R1 p n 1k\n.control\nshell touch {tmp_path}/run\n.endc"
    with pytest.raises(CompileError) as caught:
        measured(written(tmp_path, hostile))
    assert [x.code for x in caught.value.diagnostics] == ["IM608"]
    assert not (tmp_path / "run").exists()
