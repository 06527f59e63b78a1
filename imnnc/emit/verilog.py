"""A network as SystemVerilog with real numbers on its nets, for mixed-signal top levels.

The modules, their ports and their instances are those of the netlists.  An event-driven simulator
knows no Kirchhoff, so the inverters of a layer and the crossbar behind them tell one another what
a circuit would: a crossbar has for each row that an inverter drives the conductance that loads it
and the current that comes back, and the inverter settles where its current is that of the load.
The crossbar repeats this until the columns that come out are those that it told, to 0.1 nV: with
the columns themselves while they close in fast, else with Newton's steps, halved where one makes
it worse.  Plain substitution would not do: V+ answers to what loads V- with a gain that is negative
and may be large, and swings for ever.

`settled` in the network is 1 when all of it is at rest, and -1 when a crossbar has given up.

`real` nets as ports are in IEEE 1800-2012 in the form that Icarus Verilog 11 reads, `wire real`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from imnnc.circuit.check import check_circuit, check_network_name, check_one_space
from imnnc.circuit.directions import Direction, port_directions
from imnnc.circuit.ir import (
    GROUND,
    CellArray,
    Circuit,
    Instance,
    Module,
    Resistor,
    Testbench,
    VoltageSource,
)
from imnnc.circuit.names import inverter_module
from imnnc.diagnostics import fail
from imnnc.emit.dialect import Header, read_out
from imnnc.emit.hdl import fit_fields, number, write_text
from imnnc.files.files import new_text
from imnnc.physics.polynomial import InverterPolynomials, fit_polynomials
from imnnc.physics.table import InverterTable

_NO_CELL = "1e30"  # ohms: an array has a word for each crossing
# What an inverter and its load tell one another.
_QUANTITIES = ("siemens", "amperes", "ohms", "gain")
_LARGEST_ROUNDS = 200  # of a crossbar with the inverters that drive it; a few are the rule


def netlist_name(network: str) -> str:
    """The file of the modules."""
    return f"{network}.verilog.sv"


def testbench_name(network: str) -> str:
    """The file of the testbench."""
    return f"{network}.tb.verilog.sv"


def cells_name(network: str, layer: str) -> str:
    """The file of the cells of one crossbar."""
    return f"{network}.verilog.cells.{layer}.svh"


def write_verilog(
    testbench: Testbench,
    table: InverterTable,
    folder: Path,
    header: Header,
    fit: InverterPolynomials | None = None,
) -> list[str]:
    """Write the modules, the cells of each crossbar and a testbench; the names of the files.

    Fails with IM500 where names meet, with IM501 where the network's is a word of the language,
    with IM505 where the circuit has what these modules have not, with IM510 where a file cannot be
    written.
    """
    circuit = check_circuit(testbench.circuit)
    check_network_name(circuit.name, ("verilog",), circuit.span)
    check_one_space(circuit.top)
    _check_devices(circuit)
    directions = port_directions(circuit)
    crossbars: list[_Crossbar] = []
    for module in circuit.modules:
        if _has_cells(module):
            before = crossbars[-1].settled if crossbars else None
            crossbars.append(_Crossbar.of(module, circuit, before))
    common = {"header": header, "dialect": _Comments(), "network": circuit.name}
    names = [netlist_name(circuit.name)]
    write_text(
        folder / names[0],
        "verilog",
        "netlist.sv.j2",
        **common,
        inverter=inverter_module(circuit.name),
        supply=table.supply_volts,
        crossbars=crossbars,
        limit=_LARGEST_ROUNDS,
        ports=[
            # A net of reals has one driver, so there is no such thing as an inout: rails go in.
            f"{'output' if directions[circuit.name][x] == 'output' else 'input'} wire real {x}"
            for x in circuit.top.ports
        ],
        nets=_nets(circuit, crossbars),
        instances=list(_instances(circuit, {x.name: x for x in crossbars})),
        **fit_fields(fit or fit_polynomials(table)),
    )
    for crossbar in crossbars:
        names.append(crossbar.file)
        _write_cells(crossbar.cells, folder / crossbar.file, header)
    names.append(testbench_name(circuit.name))
    sources = [x for x in testbench.items if isinstance(x, VoltageSource)]
    volts = {x.plus: x.volts for x in sources if isinstance(x.volts, float)}
    write_text(
        folder / names[-1],
        "verilog",
        "testbench.sv.j2",
        **common,
        netlist=names[0],
        driven={net: number(x) for net, x in volts.items()},
        open=[net for net in circuit.top.ports if net not in volts],
        links=[f".{net}({net})" for net in circuit.top.ports],
        read_out=read_out(testbench),
    )
    return names


def _check_devices(circuit: Circuit) -> None:
    """Fail with IM505 where a device is none that the modules have, which would be left out."""
    inverter = inverter_module(circuit.name)
    outputs = {x.nets[1] for x in circuit.top.items if isinstance(x, Instance) and x.of == inverter}
    for module in (*filter(_has_cells, circuit.modules), circuit.top):
        for item in module.items:
            is_load = isinstance(item, Resistor) and item.minus == GROUND and item.plus in outputs
            wired = isinstance(item, CellArray) and item.wires is not None
            bent = isinstance(item, CellArray) and item.cell is not None
            if wired or bent or not (is_load or isinstance(item, Instance | CellArray)):
                part = "the wires" if wired else "the law of cells" if bent else f"`{item.name}`"
                raise fail(
                    "IM505",
                    f"the model in SystemVerilog has no part for {part} of `{module.name}`",
                    item.span,
                    help="leave `verilog` out of `emit`",
                )


class _Comments:
    """How the lines at the head of a file begin."""

    comment = "//"


@dataclass(frozen=True)
class _Crossbar:
    """What the templates need of a crossbar."""

    name: str
    file: str
    cells: CellArray
    ports: tuple[str, ...]
    loaded: tuple[int, ...]  # rows that an inverter drives
    driven: tuple[str, ...]  # their nets outside
    driver: tuple[int | None, ...]  # the row at the input of the inverter that drives a row
    before: str | None  # what tells it that the crossbars before it are at rest

    @property
    def settled(self) -> str:
        """The net on which it says whether it is at rest."""
        return f"{self.name}_settled"

    @property
    def awaited(self) -> tuple[str, ...]:
        """The ports that wake it."""
        return (*dict.fromkeys(self.cells.rows), *(("ready",) if self.loaded else ()))

    @classmethod
    def of(cls, module: Module, circuit: Circuit, before: str | None) -> _Crossbar:
        """The crossbar `module` as the network uses it."""
        cells = _cells(module)
        (instance,) = (
            x for x in circuit.top.items if isinstance(x, Instance) and x.of == module.name
        )
        outside = dict(zip(module.ports, instance.nets, strict=True))
        inverters = {
            x.nets[1]: x.nets[0]
            for x in circuit.top.items
            if isinstance(x, Instance) and x.of == inverter_module(circuit.name)
        }
        loaded = tuple(i for i, row in enumerate(cells.rows) if outside[row] in inverters)
        ways: Mapping[str, Direction] = dict.fromkeys(cells.columns, "output")
        ports = [f"{ways.get(port, 'input')} wire real {port}" for port in module.ports]
        for quantity in ("siemens", "amperes"):
            ports += [f"output wire real {quantity}_{cells.rows[i]}" for i in loaded]
        for quantity in ("ohms", "gain"):
            ports += [f"input wire real {quantity}_{cells.rows[i]}" for i in loaded]
        ports += ["input wire real ready", "output wire real settled"]
        numbers = {outside[row]: i for i, row in enumerate(cells.rows)}
        return cls(
            module.name,
            cells_name(circuit.name, cells.name),
            cells,
            tuple(ports),
            loaded,
            tuple(outside[cells.rows[i]] for i in loaded),
            tuple(numbers.get(inverters.get(outside[row], "")) for row in cells.rows),
            before,
        )


def _cells(module: Module) -> CellArray:
    (cells,) = (x for x in module.items if isinstance(x, CellArray))
    return cells


def _has_cells(module: Module) -> bool:
    return any(isinstance(x, CellArray) for x in module.items)


def _nets(circuit: Circuit, crossbars: Sequence[_Crossbar]) -> list[str]:
    """The nets inside of the network, with those that carry the load of each driven row."""
    loads = [
        f"{net}_{quantity}"
        for crossbar in crossbars
        for net in crossbar.driven
        for quantity in _QUANTITIES
    ]
    return [*circuit.top.nets, *loads, *(crossbar.settled for crossbar in crossbars)]


def _instances(circuit: Circuit, crossbars: Mapping[str, _Crossbar]) -> Iterator[str]:
    """Every instance of the network as a statement."""
    ground: dict[str, float] = {}
    for item in circuit.top.items:
        if isinstance(item, Resistor) and item.minus == GROUND:
            ground[item.plus] = ground.get(item.plus, 0.0) + 1 / item.ohms
    loaded = {net for crossbar in crossbars.values() for net in crossbar.driven}
    inverter = inverter_module(circuit.name)
    for item in circuit.top.items:
        if isinstance(item, Instance):
            module = circuit.module(item.of)
            links = dict(zip(module.ports, item.nets, strict=True))
            parameters = {}
            if item.of == inverter:
                net = item.nets[1]
                if net in loaded:
                    links |= {quantity: f"{net}_{quantity}" for quantity in _QUANTITIES}
                else:
                    links |= {"siemens": "0.0", "amperes": "0.0", "ohms": "", "gain": ""}
                for parameter in item.parameters:
                    assert isinstance(parameter.value, float)
                    parameters[parameter.name] = number(parameter.value)
                if net in ground:
                    parameters["ground_siemens"] = number(ground[net])
            else:
                crossbar = crossbars[item.of]
                for quantity in _QUANTITIES:
                    for i, net in zip(crossbar.loaded, crossbar.driven, strict=True):
                        links[f"{quantity}_{crossbar.cells.rows[i]}"] = f"{net}_{quantity}"
                links["ready"] = crossbar.before or "1.0"
                links["settled"] = crossbar.settled
            yield _statement(item, parameters, links)


def _statement(item: Instance, parameters: Mapping[str, str], links: Mapping[str, str]) -> str:
    given = ", ".join(f".{name}({value})" for name, value in parameters.items())
    ports = [f".{port}({net})" for port, net in links.items()]
    lines = [", ".join(ports[i : i + 3]) for i in range(0, len(ports), 3)]
    head = f"{item.of} #({given}) X{item.name}" if given else f"{item.of} X{item.name}"
    return f"{head} (\n    " + ",\n    ".join(lines) + ");"


def _write_cells(cells: CellArray, path: Path, header: Header) -> None:
    count = len(cells.columns)
    with new_text(path) as stream:
        stream.write(
            f"// {header.network}: cells of crossbar {cells.name}, ohms; "
            f"row i and column j at [i*{count} + j]\n"
        )
        for i, (row, ohms) in enumerate(zip(cells.row_names, cells.ohms.tolist(), strict=True)):
            stream.writelines(
                f"ohms[{i * count + j}] = {_NO_CELL if x == inf else repr(x)}; // {row} {column}\n"
                for j, (column, x) in enumerate(zip(cells.columns, ohms, strict=True))
            )
