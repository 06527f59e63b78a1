"""The circuit of a network: its hierarchy, its names, its testbench."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imnnc.circuit.build import build_circuit, build_testbench
from imnnc.circuit.ir import (
    Capacitor,
    CellArray,
    Include,
    Instance,
    Parameter,
    Reference,
    Resistor,
    Transistor,
    VoltageSource,
)
from imnnc.design import Transistor as UnitTransistor
from imnnc.diagnostics import CompileError
from tests.support.networks import network, program, stimulus, technology

NETWORK = network([2, 3, 1])
PROGRAM = program(NETWORK)
CIRCUIT = build_circuit(PROGRAM, NETWORK, technology())


def test_the_modules_are_an_inverter_a_crossbar_a_layer_and_the_network():
    names = [module.name for module in CIRCUIT.modules]
    assert names == [
        "sample_inverter",
        "sample_crossbar_hidden",
        "sample_crossbar_label",
        "sample",
    ]
    assert CIRCUIT.top.name == "sample"
    assert CIRCUIT.includes == (Include("models/lvt90.lib", "tt"),)


def test_a_crossbar_has_its_rows_then_its_columns_then_the_bias_as_ports():
    crossbar = CIRCUIT.module("sample_crossbar_hidden")
    assert " ".join(crossbar.ports) == (
        "plus_0 plus_1 minus_0 minus_1 net_0 net_1 net_2 bias_plus bias_minus"
    )
    (cells,) = crossbar.items
    assert isinstance(cells, CellArray)
    assert cells.rows == ("plus_0", "plus_1", "bias_plus", "minus_0", "minus_1", "bias_minus")
    assert np.array_equal(cells.ohms[:3], PROGRAM.crossbars[0].ohms_plus)
    assert np.array_equal(cells.ohms[3:], PROGRAM.crossbars[0].ohms_minus)


def test_the_ports_of_the_network_are_its_inputs_its_outputs_the_bias_and_the_rails():
    assert " ".join(CIRCUIT.top.ports) == (
        "pixels_plus_0 pixels_plus_1 pixels_minus_0 pixels_minus_1 "
        "label_minus_0 label_plus_0 bias_plus bias_minus vdd vss"
    )


def test_a_neuron_is_two_inverters_in_cascade_each_of_its_own_size():
    by_name = {item.name: item for item in CIRCUIT.top.items if isinstance(item, Instance)}
    first, second = by_name["hidden_minus_2"], by_name["hidden_plus_2"]
    assert first.nets == ("hidden_net_2", "hidden_minus_2", "vdd", "vss")
    assert second.nets == ("hidden_minus_2", "hidden_plus_2", "vdd", "vss")
    assert first.parameters == (Parameter("size", PROGRAM.size_minus[0][2]),)
    assert second.parameters == (Parameter("size", PROGRAM.size_plus[0][2]),)
    assert "label_plus_0" in by_name, "the output layer has the same neurons"


def test_a_resistor_to_ground_is_at_every_output_and_only_there():
    grounded = build_circuit(program(NETWORK, resistor_ohms=2.5e5), NETWORK, technology())
    resistors = [item for item in grounded.top.items if isinstance(item, Resistor)]
    outputs = [
        f"{layer}_{node}_{j}"
        for layer, width in (("hidden", 3), ("label", 1))
        for node in ("minus", "plus")
        for j in range(width)
    ]
    assert resistors == [Resistor(f"ground_{x}", x, "0", 2.5e5) for x in outputs]
    assert [x.span for x in resistors] == [NETWORK.layers[0].span] * 6 + [NETWORK.output.span] * 2
    inverters = [
        x for x in grounded.top.items if isinstance(x, Instance) and x.of == "sample_inverter"
    ]
    assert {x.nets[1] for x in inverters} == set(outputs)


def test_but_for_its_resistors_the_circuit_is_the_same():
    grounded = build_circuit(program(NETWORK, resistor_ohms=2.5e5), NETWORK, technology())
    assert not any(isinstance(item, Resistor) for item in CIRCUIT.top.items)
    others = tuple(item for item in grounded.top.items if not isinstance(item, Resistor))
    assert replace(grounded.top, items=others) == CIRCUIT.top
    assert grounded.modules[:-1] == CIRCUIT.modules[:-1]


def test_the_size_of_an_inverter_is_a_number_of_unit_transistors_in_parallel():
    for transistor in CIRCUIT.module("sample_inverter").items:
        assert isinstance(transistor, Transistor)
        assert transistor.multiplier == Reference("size")
        assert transistor.length_meters == 1e-7


def test_transistors_have_the_terminals_in_the_order_of_the_library():
    kit = technology(terminals=("gate", "drain", "bulk", "source"), instance_prefix="X")
    transistor = build_circuit(PROGRAM, NETWORK, kit).module("sample_inverter").items[0]
    assert isinstance(transistor, Transistor)
    assert transistor.is_subcircuit
    assert transistor.nets == ("in", "out", "vdd", "vdd")


def test_the_parts_of_a_layer_point_at_its_place_in_the_source():
    spans = {item.name: item.span for item in CIRCUIT.top.items}
    assert spans["hidden_minus_1"] is NETWORK.layers[0].span
    assert spans["crossbar_label"] is NETWORK.output.span


def test_the_testbench_drives_both_rails_of_each_input_and_loads_the_read_out():
    testbench = build_testbench(
        CIRCUIT,
        NETWORK,
        technology(),
        stimulus_volts=np.array([0.125, -0.25]),
        load_farads=2e-16,
    )
    volts = {x.name: x.volts for x in testbench.items if isinstance(x, VoltageSource)}
    assert volts == {
        "dd": 0.25,
        "ss": -0.25,
        "bias_plus": 0.25,
        "bias_minus": -0.25,
        "pixels_plus_0": 0.125,
        "pixels_plus_1": -0.25,
        "pixels_minus_0": -0.125,
        "pixels_minus_1": 0.25,
    }
    loads = [x for x in testbench.items if isinstance(x, Capacitor)]
    assert loads == [Capacitor("label_minus_0", "label_minus_0", "0", 2e-16)]


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (
            network([2, 3, 1], hidden="LABEL"),
            "each subcircuit of a netlist must have a name of its own, "
            "`sample_crossbar_label` and `sample_crossbar_LABEL` are the same in it",
        ),
        (
            network([2, 3, 1], hidden="pixels"),
            "each net of a netlist must have a name of its own, "
            "`pixels_plus_0` and `pixels_plus_0` are the same in it",
        ),
    ],
)
def test_names_that_meet_in_the_netlist_are_refused_where_they_come_from(of, message):
    with pytest.raises(CompileError) as caught:
        build_circuit(program(of), of, technology())
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("IM500", message)
    assert diagnostic.span is not None


def test_model_files_of_the_same_name_are_refused():
    kit = technology(includes=(Path("elsewhere/LVT90.lib"),))
    with pytest.raises(CompileError, match=r"(?m)^the model files .* two are called `lvt90.lib`$"):
        build_circuit(PROGRAM, NETWORK, kit)


HOSTILE = ["a\n.control", "a b", "", "1a", "ä", "a" * 65, 'a"', "a;b", "a\r", "../a", "${a}"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("where", ["name", "input_name", "hidden", "label"])
def test_a_name_that_is_more_than_a_word_does_not_reach_the_netlist(where, name):
    of = network([2, 3, 1], **{where: name})
    with pytest.raises(CompileError) as caught:
        build_circuit(program(of), of, technology())
    assert caught.value.diagnostics[0].code == "IM501"


@pytest.mark.parametrize("name", [x for x in HOSTILE if len(x) < 65])
def test_a_technology_cannot_say_more_than_words_either(name):
    of = network([2, 3, 1])
    for kit in (
        technology(corner=name),
        technology(nmos=UnitTransistor(name, 1e-7, 1e-7)),
        technology(library=Path("folder") / f"{name}.lib", includes=(Path(f"{name} .inc"),)),
    ):
        with pytest.raises(CompileError) as caught:
            build_circuit(program(of), of, kit)
        assert caught.value.diagnostics[0].code == "IM501"


@pytest.mark.parametrize("name", ["gnd", "GND", "temper"])
def test_words_that_simulators_replace_cannot_name_a_network(name):
    of = network([2, 3, 1], name=name)
    with pytest.raises(CompileError, match=f"a network cannot be called `{name}`"):
        build_circuit(program(of), of, technology())


def test_a_stimulus_of_another_width_is_a_defect_of_the_caller():
    with pytest.raises(ValueError, match="for 2 inputs"):
        build_testbench(
            CIRCUIT, NETWORK, technology(), stimulus_volts=stimulus(3), load_farads=1e-16
        )
