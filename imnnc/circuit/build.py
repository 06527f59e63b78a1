"""From a programmed network to its circuit, and to the testbench around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from imnnc import design
from imnnc.circuit.cells import bent_cell, bent_module
from imnnc.circuit.check import check_circuit, check_file_name, check_name
from imnnc.circuit.ir import (
    GROUND,
    BentCell,
    Capacitor,
    CellArray,
    Circuit,
    Include,
    Instance,
    Item,
    Module,
    Parameter,
    Reference,
    Resistor,
    Testbench,
    VoltageSource,
)
from imnnc.circuit.names import (
    BIAS_MINUS,
    BIAS_PLUS,
    DUT,
    VDD,
    VSS,
    crossbar_instance,
    crossbar_module,
    crossbar_row_ports,
    crossbar_rows,
    indexed,
    inverter_module,
    layer_nets,
    rail_pair_nets,
)
from imnnc.circuit.transistors import inverter_transistors
from imnnc.diagnostics import fail
from imnnc.parasitics import Parasitics
from imnnc.physics.network import (
    CrossbarProgram,
    FloatArray,
    GateVolts,
    NeuronGates,
    ProgrammedCrossbar,
)

MODELS_FOLDER = "models"

# What it takes to compare with a prediction at the level of nanovolts.
TIGHT_OPTIONS = (
    Parameter("gmin", 1e-15),
    Parameter("abstol", 1e-15),
    Parameter("reltol", 1e-6),
    Parameter("vntol", 1e-9),
)


def build_circuit(
    program: CrossbarProgram,
    network: design.Network,
    technology: design.Technology,
    mismatch: Sequence[NeuronGates] | None = None,
    *,
    leaks: bool = True,
) -> Circuit:
    """The network as modules: one an inverter, one a crossbar, one the network itself.

    With `mismatch`, of the layers, each gate has a source of its own in its lead.

    The ports of the network are the plus and minus inputs, V- and V+ of the output layer, the
    bias pair and the rails.  Without `leaks`, cells that are not formed are left out.  Fails with
    IM500 and IM501 where names meet or cannot be written.
    """
    check_name(network.name, network.span)
    check_name(network.input.name, network.input.span)
    modules = [_inverter(network.name, technology, apart=mismatch is not None)]
    cell = bent_cell(network.name, program.parasitics)
    if cell is not None:
        modules.append(bent_module(cell))
    for number, (crossbar, layer, inputs) in enumerate(
        zip(program.crossbars, network.layers, network.widths, strict=False)
    ):
        check_name(layer.name, layer.span)
        cells = crossbar_cells(
            crossbar, layer, inputs, program.parasitics, number, leaks=leaks, cell=cell
        )
        modules.append(_crossbar(network.name, cells, layer, inputs))
    modules.append(_network(program, network, mismatch))
    return check_circuit(Circuit(network.name, tuple(modules), includes(technology), network.span))


def build_testbench(
    circuit: Circuit,
    network: design.Network,
    technology: design.Technology,
    *,
    stimulus_volts: FloatArray,
    load_farads: float,
    rails_volts: float = 0.0,
    guesses: tuple[tuple[str, float], ...] = (),
) -> Testbench:
    """The sources around a network, and the capacitors that the read-out puts on its V-.

    `stimulus_volts` (N,) is the first sample: row i is driven to +x_i and to -x_i.
    `load_farads` is the read-out's capacitance, that of the gate of a unit inverter by default.
    `rails_volts` is the middle of the rails, and of the bias rows' voltages.
    `guesses` are nets of the network with their voltages for that sample, as far as predicted.
    """
    name, width = network.input.name, network.input.width
    if stimulus_volts.shape != (width,):
        raise ValueError(f"a stimulus of shape {stimulus_volts.shape} for {width} inputs")
    plus, minus = (rails_volts + x for x in (technology.supply_volts, -technology.supply_volts))
    rails = {VDD: plus, VSS: minus, BIAS_PLUS: plus, BIAS_MINUS: minus}
    # Sources take the letter V before their names: `Vdd`, `Vbias_plus`.
    items = [VoltageSource(net.removeprefix("v"), net, GROUND, x) for net, x in rails.items()]
    items += [
        VoltageSource(net, net, GROUND, float(volts))
        for net, volts in zip(
            rail_pair_nets(name, width), (*stimulus_volts, *-stimulus_volts), strict=True
        )
    ]
    loads = [
        Capacitor(net, net, GROUND, load_farads, network.output.span)
        for net in layer_nets(network.output.name, "minus", network.output.width)
    ]
    dut = Instance(DUT, circuit.top.name, circuit.top.ports, span=network.span)
    return Testbench(
        circuit,
        (dut, *items, *loads),
        TIGHT_OPTIONS,
        technology.temperature_celsius,
        guesses,
    )


def _inverter(network: str, technology: design.Technology, apart: bool) -> Module:
    """The unit inverter `size` times in parallel, so that its current is linear in the size.

    With its gates `apart`, `up` and `down` are the volts in the leads of the PMOS and the NMOS.
    """
    gates = ("gate_up", "gate_down") if apart else None
    items: tuple[Item, ...] = inverter_transistors(
        technology, input_net="in", output_net="out", size=Reference("size"), gates=gates
    )
    parameters = [Parameter("size", 1.0)]
    if gates is not None:
        words = [gate.removeprefix("gate_") for gate in gates]
        items += tuple(
            VoltageSource(word, gate, "in", Reference(word), technology.span)
            for word, gate in zip(words, gates, strict=True)
        )
        parameters += [Parameter(word, 0.0) for word in words]
    return Module(
        inverter_module(network),
        ports=("in", "out", VDD, VSS),
        items=items,
        nets=gates or (),
        parameters=tuple(parameters),
        span=technology.span,
    )


def crossbar_cells(
    crossbar: ProgrammedCrossbar,
    layer: design.Layer,
    inputs: int,
    parasitics: Parasitics,
    number: int,
    *,
    leaks: bool = True,
    cell: BentCell | None = None,
) -> CellArray:
    """The cells of crossbar `number` in a module of their own, or of them those that are formed.

    `cell` is what they are, None where they are resistors.
    """
    if crossbar.name != layer.name or crossbar.ohms_plus.shape != (
        inputs + layer.biases,
        layer.width,
    ):
        raise ValueError(
            f"the program of crossbar {crossbar.name} {crossbar.ohms_plus.shape} is not of layer "
            f"{layer.name} with {inputs} inputs and {layer.width} neurons"
        )
    ohms = np.vstack([crossbar.ohms_plus, crossbar.ohms_minus])
    if not leaks and crossbar.formed_plus is not None and crossbar.formed_minus is not None:
        ohms[~np.vstack([crossbar.formed_plus, crossbar.formed_minus])] = np.inf
    return CellArray(
        layer.name,
        crossbar_rows(inputs, layer.biases),
        indexed("net", layer.width),
        ohms,
        wires=parasitics.wires_of(number),
        capacitances=parasitics.capacitances_of(number),
        cell=cell,
        span=layer.span,
    )


def _crossbar(network: str, cells: CellArray, layer: design.Layer, inputs: int) -> Module:
    return Module(
        crossbar_module(network, layer.name),
        ports=(*crossbar_row_ports(inputs), *cells.columns, BIAS_PLUS, BIAS_MINUS),
        items=(cells,),
        span=layer.span,
    )


def _network(
    program: CrossbarProgram, network: design.Network, mismatch: Sequence[NeuronGates] | None
) -> Module:
    items: list[Item] = []
    nets: list[str] = []
    below = rail_pair_nets(network.input.name, network.input.width)
    unmoved: list[NeuronGates | None] = [None] * len(network.layers)
    for layer, size_minus, size_plus, gates in zip(
        network.layers,
        program.size_minus,
        program.size_plus,
        mismatch or unmoved,
        strict=True,
    ):
        columns = layer_nets(layer.name, "net", layer.width)
        items.append(
            Instance(
                crossbar_instance(layer.name),
                crossbar_module(network.name, layer.name),
                (*below, *columns, BIAS_PLUS, BIAS_MINUS),
                span=layer.span,
            )
        )
        inverter = inverter_module(network.name)
        items += _neurons(inverter, layer, columns, size_minus, size_plus, gates)
        if program.parasitics.resistor_ohms is not None:
            items += _resistors(layer, program.parasitics.resistor_ohms)
        nets += columns
        below = rail_pair_nets(layer.name, layer.width)
        if layer is not network.output:
            nets += below
    ports = (
        *rail_pair_nets(network.input.name, network.input.width),
        *layer_nets(network.output.name, "minus", network.output.width),
        *layer_nets(network.output.name, "plus", network.output.width),
        BIAS_PLUS,
        BIAS_MINUS,
        VDD,
        VSS,
    )
    return Module(network.name, ports, tuple(items), tuple(nets), span=network.span)


def _neurons(
    inverter: str,
    layer: design.Layer,
    columns: tuple[str, ...],
    size_minus: FloatArray,
    size_plus: FloatArray,
    gates: NeuronGates | None,
) -> Iterator[Instance]:
    """Two inverters in cascade a column."""
    at_first, at_second = (_gates(x, layer.width) for x in gates or (None, None))
    minus = layer_nets(layer.name, "minus", layer.width)
    plus = layer_nets(layer.name, "plus", layer.width)
    first = zip(columns, minus, size_minus.tolist(), at_first, strict=True)
    second = zip(minus, plus, size_plus.tolist(), at_second, strict=True)
    for pair in zip(first, second, strict=True):
        for source, target, size, volts in pair:
            yield Instance(
                target,
                inverter,
                (source, target, VDD, VSS),
                (Parameter("size", size), *volts),
                layer.span,
            )


def _gates(volts: GateVolts | None, width: int) -> list[tuple[Parameter, ...]]:
    """The parameters of each inverter that say where its gates are."""
    if volts is None:
        return [()] * width
    return [
        (Parameter("up", up), Parameter("down", down))
        for up, down in zip(volts.up.tolist(), volts.down.tolist(), strict=True)
    ]


def _resistors(layer: design.Layer, ohms: float) -> Iterator[Resistor]:
    """RIM's resistors, one from each output of a layer to ground."""
    for node in ("minus", "plus"):
        for output in layer_nets(layer.name, node, layer.width):
            yield Resistor(f"ground_{output}", output, GROUND, ohms, layer.span)


def includes(technology: design.Technology) -> tuple[Include, ...]:
    """The model files by the names that they have beside the netlist."""
    paths = (*technology.includes, technology.library)
    seen: set[str] = set()
    names = [technology.model_name(path) for path in paths]
    for name in names:
        for part in name.split("/"):
            check_file_name(part, technology.span)
        if name.lower() in seen:
            raise fail(
                "IM502",
                f"the model files of technology `{technology.name}` must have different names, "
                f"two are called `{name}`",
                technology.span,
                notes=[f"they are copied side by side into `{MODELS_FOLDER}/`"],
            )
        seen.add(name.lower())
    files = [f"{MODELS_FOLDER}/{name}" for name in names]
    return (*(Include(file) for file in files[:-1]), Include(files[-1], technology.corner))
