from imnnc.circuit.build import build_circuit
from imnnc.circuit.directions import port_directions
from tests.support.networks import network, program, technology


def test_signals_go_from_the_inputs_to_both_outputs_of_the_last_layer():
    of = network([2, 3, 1])
    ways = port_directions(build_circuit(program(of), of, technology()))
    assert ways["sample_inverter"] == {
        "in": "input",
        "out": "output",
        "vdd": "inout",
        "vss": "inout",
    }
    assert ways["sample_crossbar_label"]["plus_2"] == "input"
    assert ways["sample_crossbar_label"]["net_0"] == "output"
    assert ways["sample"] == {
        "pixels_plus_0": "input",
        "pixels_plus_1": "input",
        "pixels_minus_0": "input",
        "pixels_minus_1": "input",
        "label_minus_0": "output",
        "label_plus_0": "output",
        "bias_plus": "input",
        "bias_minus": "input",
        "vdd": "inout",
        "vss": "inout",
    }


def test_a_resistor_to_ground_does_not_make_an_output_an_input():
    of = network([2, 1])
    circuit = build_circuit(program(of, resistor_ohms=1e6), of, technology())
    assert port_directions(circuit)["sample"]["label_minus_0"] == "output"
