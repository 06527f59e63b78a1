"""The equivalents of the columns of a crossbar, against the network equations."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from imnnc.circuit.ir import CellArray, Resistor, VoltageSource
from imnnc.circuit.reduce import row_volts, thevenin


def cells(ohms, prefix=""):
    rows, columns = ohms.shape
    return CellArray(
        "x",
        tuple(f"r_{i}" for i in range(rows)),
        tuple(f"c_{j}" for j in range(columns)),
        ohms,
        prefix,
    )


@given(
    ohms=arrays.arrays(float, (4, 3), elements=st.floats(1e5, 1e7)),
    rows=arrays.arrays(float, 4, elements=st.floats(-0.25, 0.25)),
    load_siemens=st.floats(0, 1e-5),
    load_volts=st.floats(-0.25, 0.25),
)
def test_a_load_on_a_column_sees_no_difference(ohms, rows, load_siemens, load_volts):
    g = 1 / ohms
    whole = (rows @ g + load_siemens * load_volts) / (g.sum(0) + load_siemens)
    equivalent = thevenin(cells(ohms))
    volts, siemens = equivalent.volts(rows), 1 / equivalent.ohms
    reduced = (siemens * volts + load_siemens * load_volts) / (siemens + load_siemens)
    np.testing.assert_allclose(reduced, whole, rtol=0, atol=1e-12)


def test_each_column_is_a_source_and_a_resistor():
    equivalent = thevenin(cells(np.array([[1e6, 2e6], [1e6, 2e6]]), prefix="u_"))
    items = equivalent.items(np.array([0.25, 0.0]))
    assert items == (
        VoltageSource("u_thevenin_0", "u_thevenin_0", "0", 0.125),
        Resistor("u_thevenin_0", "u_thevenin_0", "c_0", 5e5),
        VoltageSource("u_thevenin_1", "u_thevenin_1", "0", 0.125),
        Resistor("u_thevenin_1", "u_thevenin_1", "c_1", 1e6),
    )


def test_row_voltages_are_in_the_order_of_the_cells_for_one_sample_and_for_many():
    inputs = np.array([[0.1, -0.2], [0.0, 0.25]])
    expected = [[0.1, -0.2, 0.25, -0.1, 0.2, -0.25], [0.0, 0.25, 0.25, 0.0, -0.25, -0.25]]
    assert row_volts(inputs, 0.25).tolist() == expected
    assert row_volts(inputs[0], 0.25).tolist() == expected[0]
