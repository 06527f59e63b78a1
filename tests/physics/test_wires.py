"""What columns float to and what rows draw where wires have resistance, against other solvers."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import linalg

from imnnc.circuit.ir import CellArray, VoltageSource
from imnnc.emit.ngspice import NGSPICE
from imnnc.parasitics import Wires
from imnnc.physics.network import FloatArray
from imnnc.physics.wires import WiredCells, exact
from imnnc.simulate.ngspice import run_deck


def cells(rows: int, columns: int, seed: int = 1, siemens: float = 1e-5) -> FloatArray:
    return siemens * 10.0 ** np.random.default_rng(seed).uniform(-2, 0, (rows, columns))


def nodal(g: FloatArray, wires: Wires) -> tuple[FloatArray, FloatArray]:
    """T and Y by the nodal equations of every net, one by one, without names or shortcuts."""
    rows, columns = g.shape
    driven = (wires.row_ohms or 0.0) + (wires.driver_ohms or 0.0)
    count = 2 * rows * columns
    matrix = sparse.lil_matrix((count, count))
    inputs = np.zeros((count, rows))

    def at(row: int, column: int, is_column: bool) -> int:
        return 2 * (row * columns + column) + is_column

    def join(a: int, b: int, ohms: float) -> None:
        for x, y in ((a, b), (b, a)):
            matrix[x, x] += 1 / ohms
            matrix[x, y] -= 1 / ohms

    order = wires.order(rows)
    for i, j in itertools.product(range(rows), range(columns)):
        join(at(i, j, False), at(i, j, True), 1 / g[i, j])
        if j:
            join(at(i, j - 1, False), at(i, j, False), wires.row_ohms)
    for (above, below), j in itertools.product(itertools.pairwise(order), range(columns)):
        join(at(above, j, True), at(below, j, True), wires.column_ohms)
    for i in range(rows):
        first = at(i, 0, False)
        matrix[first, first] += 1 / driven
        inputs[first, i] = 1 / driven
    volts = linalg.splu(matrix.tocsc()).solve(inputs)
    ends = [at(order[-1], j, True) for j in range(columns)]
    through = (g[:, :, None] * (volts[0::2] - volts[1::2]).reshape(rows, columns, rows)).sum(1)
    return volts[ends], through


sizes = st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(0, 10_000))
resistances = st.floats(-1, 4).map(lambda decades: 10.0**decades)
wirings = st.builds(
    Wires,
    resistances,
    resistances,
    st.none() | resistances,
    st.sampled_from(["interleaved", "halves"]),
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes, wirings)
def test_columns_and_rows_are_as_the_nodal_equations_have_them(shape, wires):
    pairs, columns, seed = shape
    g = cells(2 * pairs, columns, seed, 1e-3)  # conductive, or the equations lose digits
    shares, siemens = nodal(g, wires)
    for found in (exact(g, wires), WiredCells(g, wires, compiled=False)):
        np.testing.assert_allclose(found.column_shares, shares, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.row_siemens, siemens, rtol=0, atol=1e-8 * g.max())


@settings(deadline=None, derandomize=True, max_examples=30)
@given(sizes, wirings)
def test_cells_that_are_not_there_leave_wires_that_are(shape, wires):
    pairs, columns, seed = shape
    g = cells(2 * pairs, columns, seed, 1e-3)
    g[np.random.default_rng(seed).uniform(size=g.shape) < 0.7] = 0
    g[-1][~g.any(0)] = 1e-3  # every column is driven by something
    with np.errstate(divide="ignore"):
        shares, siemens = nodal(g, wires)
    for found in (exact(g, wires), WiredCells(g, wires, compiled=False)):
        np.testing.assert_allclose(found.column_shares, shares, rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.row_siemens, siemens, rtol=0, atol=1e-8 * g.max())


@pytest.mark.parametrize("shape", [(2, 1), (6, 1), (8, 24), (6, 25), (10, 60)])
@pytest.mark.parametrize("wires", [Wires(2.0, 6.0, 100.0), Wires(None, 1e3), Wires(1e4, None)])
def test_compiled_loops_and_lapack_find_the_same(shape, wires):
    pytest.importorskip("numba")
    g = cells(*shape, seed=3)
    compiled, otherwise = (WiredCells(g, wires, compiled=x) for x in (True, False))
    for name in ("column_shares", "column_siemens", "row_siemens"):
        a, b = getattr(compiled, name), getattr(otherwise, name)
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-13 * np.abs(b).max())


@settings(deadline=None, derandomize=True, max_examples=30)
@given(sizes, wirings)
def test_a_volt_more_everywhere_moves_all_columns_by_it_and_no_current(shape, wires):
    pairs, columns, seed = shape
    found = exact(cells(2 * pairs, columns, seed), wires)
    np.testing.assert_allclose(found.column_shares.sum(1), 1, rtol=0, atol=1e-13)
    assert np.abs(found.row_siemens.sum(1)).max() < 1e-12 * found.row_siemens.max()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(sizes, wirings)
def test_what_is_between_rows_and_between_columns_is_mutual(shape, wires):
    pairs, columns, seed = shape
    found = exact(cells(2 * pairs, columns, seed), wires)
    for siemens in (found.row_siemens, found.column_siemens):
        np.testing.assert_allclose(siemens, siemens.T, rtol=1e-12, atol=1e-18)
        assert (siemens[~np.eye(len(siemens), dtype=bool)] <= 1e-18).all()


def test_without_resistance_a_column_is_the_average_of_its_rows():
    g = cells(10, 4)
    for wires in (Wires(), Wires(1e-3, 1e-3), Wires(None, 1e-3), Wires(1e-3, None, 1e-3)):
        found = exact(g, wires)
        np.testing.assert_allclose(found.column_shares, (g / g.sum(0)).T, rtol=0, atol=1e-7)
        ideal = np.diag(g.sum(1)) - g / g.sum(0) @ g.T
        np.testing.assert_allclose(found.row_siemens, ideal, rtol=0, atol=1e-6 * g.max())


def test_wires_that_conduct_nothing_leave_a_column_its_last_row():
    found = exact(cells(6, 3), Wires(None, 1e12, None, "halves"))
    assert found.column_shares[:, -1].min() > 0.999
    found = exact(cells(6, 3), Wires(None, 1e12, None, "interleaved"))
    assert found.column_shares[:, -1].min() > 0.999


def test_only_the_product_of_resistance_and_conductance_counts():
    g = cells(8, 5)
    once, twice = exact(g, Wires(3.0, 7.0, 20.0)), exact(2 * g, Wires(1.5, 3.5, 10.0))
    np.testing.assert_allclose(once.column_shares, twice.column_shares, rtol=1e-13)
    np.testing.assert_allclose(2 * once.row_siemens, twice.row_siemens, rtol=1e-12)


def test_rows_that_lie_side_by_side_see_the_same_column_more_nearly():
    g = np.full((20, 4), 1e-5)
    apart = exact(g, Wires(5.0, 5.0, None, "halves")).column_shares
    side_by_side = exact(g, Wires(5.0, 5.0, None, "interleaved")).column_shares

    def imbalance(shares: FloatArray) -> float:
        plus, minus = np.split(shares, 2, axis=1)
        return float(np.abs(plus - minus).max())

    assert imbalance(side_by_side) < 0.2 * imbalance(apart)


@pytest.mark.filterwarnings("ignore:Could not import")
def test_badcrossbar_has_the_same_currents_at_columns_that_are_held():
    badcrossbar = pytest.importorskip("badcrossbar")
    logging.getLogger("badcrossbar").setLevel(logging.WARNING)
    g = cells(12, 7)
    volts = np.random.default_rng(3).uniform(-0.25, 0.25, (12, 4))
    theirs = badcrossbar.compute(volts, 1 / g, r_i_word_line=4.0, r_i_bit_line=9.0)
    ours = exact(g, Wires(4.0, 9.0, None, "halves"))
    held = ours.column_siemens @ ours.column_shares @ volts
    np.testing.assert_allclose(held.T, theirs.currents.output, rtol=1e-9)


@pytest.mark.parametrize(
    ("layout", "rows", "columns"),
    [("interleaved", 34, 16), ("halves", 34, 16), ("interleaved", 66, 32)],
)
def test_ngspice_has_the_same_columns_and_row_currents(tmp_path: Path, layout, rows, columns):
    wires = Wires(2.0, 6.0, 100.0, layout)
    g = cells(rows, columns)
    volts = np.random.default_rng(5).uniform(-0.25, 0.25, rows)
    array = CellArray(
        "x",
        tuple(f"r{i}" for i in range(rows)),
        tuple(f"c{j}" for j in range(columns)),
        1 / g,
        wires=wires,
    )
    sources = [VoltageSource(row, row, "0", v) for row, v in zip(array.rows, volts, strict=True)]
    names = [f"v({c})" for c in array.columns] + [f"i(v{r})" for r in array.rows]
    lines = ["* a crossbar", ".options gmin=1e-18 abstol=1e-18 reltol=1e-7 vntol=1e-12"]
    lines += [NGSPICE.format_item(source, "") for source in sources]
    lines += [*NGSPICE.format_wires(array), *NGSPICE.format_cell_rows(array)]
    lines += [".control", "op", f"write result.raw {' '.join(names)}", "quit", ".endc", ".end"]
    run = run_deck("\n".join(lines), workdir=tmp_path, timeout_seconds=60)
    simulated = np.array([vector[0].real for vector in run.require(names, points=1)])
    found = exact(g, wires)
    np.testing.assert_allclose(found.column_shares @ volts, simulated[:columns], rtol=0, atol=1e-11)
    np.testing.assert_allclose(
        found.row_siemens @ volts, -simulated[columns:], rtol=0, atol=1e-8 * g.sum(1).max()
    )
