"""A circuit that does not hang together is found before it becomes text."""

from dataclasses import replace

import numpy as np
import pytest

from imnnc.circuit.check import check_circuit
from imnnc.circuit.ir import (
    CellArray,
    Circuit,
    Instance,
    Item,
    Module,
    Parameter,
    Reference,
    Resistor,
)

PART = Module("part", ("a", "b"), (Resistor("r", "a", "b", 1.0),), parameters=(Parameter("m", 1),))


def circuit(*items: Item) -> Circuit:
    return Circuit("top", (PART, Module("top", ("x", "y"), items, nets=("z",))))


def test_ports_declared_nets_and_ground_can_be_connected():
    check_circuit(circuit(Instance("p", "part", ("x", "z")), Resistor("r", "z", "0", 1.0)))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Resistor("r", "x", "nowhere", 1.0), "top.r: net nowhere is not declared"),
        (Instance("p", "part", ("x",)), "top.p: 1 nets for 2 ports"),
        (Instance("p", "other", ("x",)), "top.p: module other is not declared before"),
        (
            Instance("p", "part", ("x", "y"), (Parameter("w", 1.0),)),
            "top.p: part has no parameter w",
        ),
        (
            Instance("p", "part", ("x", "y"), (Parameter("m", Reference("k")),)),
            "top.p: parameter k is not declared",
        ),
        (CellArray("c", ("x",), ("y", "z"), np.ones((1, 1))), "top.c: (1, 1) cells"),
        (CellArray("c", ("x",), ("y",), np.zeros((1, 1))), "top.c: a resistance is not positive"),
    ],
)
def test_what_is_not_connected_as_it_says_is_a_defect(item, message):
    with pytest.raises(ValueError, match=r"^top\.") as caught:
        check_circuit(circuit(item))
    assert str(caught.value) == message


def test_modules_stand_in_the_order_of_their_use():
    whole = circuit(Instance("p", "part", ("x", "y")))
    with pytest.raises(ValueError, match="part is not declared before"):
        check_circuit(replace(whole, modules=whole.modules[::-1]))


def test_circuits_are_equal_when_their_cells_are():
    def of(ohms: float) -> Circuit:
        return circuit(CellArray("c", ("x",), ("y",), np.full((1, 1), ohms)))

    assert of(1.0) == of(1.0)
    assert of(1.0) != of(2.0)
