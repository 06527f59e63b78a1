"""Modules with too many ports are taken apart without changing the circuit."""

import numpy as np

from imnnc.circuit.build import build_circuit
from imnnc.circuit.inline import inline_wide_modules
from imnnc.circuit.ir import CellArray, Circuit, Instance, Module, Parameter, Reference, Resistor
from tests.support.networks import network, program, technology

LEAF = Module("leaf", ("a",), (Resistor("r", "a", "0", 1.0),), parameters=(Parameter("size", 1.0),))
WIDE = Module(
    "wide",
    ("a", "b", "c"),
    (
        Resistor("r", "a", "middle", 1.0),
        Resistor("q", "middle", "0", 2.0),
        Instance("leaf", "leaf", ("b",), (Parameter("size", Reference("k")),)),
        CellArray("cells", ("a", "b"), ("c",), np.ones((2, 1))),
    ),
    nets=("middle",),
    parameters=(Parameter("k", 3.0),),
)


def top(*items: Instance) -> Circuit:
    module = Module("top", ("x", "y"), items, nets=("z",))
    return Circuit("top", (LEAF, WIDE, module))


def test_an_instance_of_a_wide_module_becomes_its_parts_on_the_nets_around_it():
    use = Instance("u", "wide", ("x", "y", "z"), (Parameter("k", 5.0),))
    flat = inline_wide_modules(top(use), largest_ports=2)
    assert [module.name for module in flat.modules] == ["leaf", "top"]
    assert flat.top.nets == ("z", "u_middle")
    assert flat.top.items == (
        Resistor("u_r", "x", "u_middle", 1.0),
        Resistor("u_q", "u_middle", "0", 2.0),
        Instance("u_leaf", "leaf", ("y",), (Parameter("size", 5.0),)),
        CellArray("cells", ("x", "y"), ("z",), np.ones((2, 1)), prefix="u_"),
    )


def test_what_an_instance_does_not_set_has_the_default_of_its_module():
    flat = inline_wide_modules(top(Instance("u", "wide", ("x", "y", "z"))), largest_ports=2)
    leaf = next(item for item in flat.top.items if isinstance(item, Instance))
    assert leaf.parameters == (Parameter("size", 3.0),)


def test_a_circuit_without_wide_modules_is_left_as_it_is():
    circuit = top(Instance("u", "wide", ("x", "y", "z")))
    assert inline_wide_modules(circuit, largest_ports=3) is circuit


def test_only_the_wide_crossbar_of_a_network_is_taken_apart():
    of = network([8, 3, 2])
    circuit = inline_wide_modules(build_circuit(program(of), of, technology()), largest_ports=12)
    names = [module.name for module in circuit.modules]
    assert names == ["sample_inverter", "sample_crossbar_label", "sample"]
    (cells,) = [item for item in circuit.top.items if isinstance(item, CellArray)]
    assert cells.rows[0] == "pixels_plus_0"
    assert cells.columns == ("hidden_net_0", "hidden_net_1", "hidden_net_2")
