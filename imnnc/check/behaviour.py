"""The third level: both netlists are simulated by ngspice on the golden's stimuli.

Compared are V- and V+ of the read-out at the operating point of every sample, at every corner of
the verification.  The golden's own netlist is compared with the voltages that are stored, which
says whether this simulator is as the one that the golden was made with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from imnnc.artifacts.reading import read_plan, read_stored
from imnnc.artifacts.stored import PARAMETERS_FILE, TestPlan
from imnnc.check.golden import Golden, Output, plan_file, read_expected, require_netlist
from imnnc.check.result import Case, Level, LevelResult
from imnnc.circuit.names import layer_nets
from imnnc.design import Network
from imnnc.diagnostics import CompileError
from imnnc.measure.copied import Copied, copied
from imnnc.measure.deck import Condition, deck_at
from imnnc.measure.reduction import Reduction
from imnnc.measure.simulation import Simulation
from imnnc.physics.network import CrossbarProgram, FloatArray
from imnnc.units import engineering

# Operating points are solved to 1 nV at each node, and neurons amplify that.
DEFAULT_TOLERANCE_VOLTS = 1e-6
_GROUP_SAMPLES = 10
_SIMULATION_FAILED = ("IM602", "IM603", "IM605", "IM606")


@dataclass(frozen=True)
class Voltages:
    """The read-out of one network: volts (S, nets) at each corner."""

    nets: tuple[str, ...]
    corners: dict[str, FloatArray]
    simulator: str


def simulate(
    folder: Golden | Output, plan: TestPlan, network: Network, simulation: Simulation
) -> Voltages:
    """The read-out of the netlist in a folder on the stimuli of a plan, at its corners.

    `network` has the names of that netlist.  A crossbar whose wires are beyond ngspice is reduced
    where it is as it was compiled.  Fails with IM513 and IM516 where a file is not as it must be,
    IM536 where there is none for ngspice, IM601 to IM609 where it cannot be simulated, IM620 where
    a reduced crossbar is none that its deck is.
    """
    require_netlist(folder)
    output = network.output
    nets = tuple(
        net for node in ("minus", "plus") for net in _output_nets(output.name, node, output.width)
    )
    inputs, named = plan.stimuli.inputs_volts, replace(network, name=folder.network)
    volts: dict[str, FloatArray] = {}
    version = ""
    with copied(folder.folder, folder.sha256) as copy:
        program = _program(copy)
        reduction = Reduction(copy, named, program, plan)
        for number, corner in enumerate(plan.corners):
            deck = deck_at(copy, named, Condition(corner) if number else None)
            if reduction.is_needed:
                with suppress(CompileError):  # other cells or wires than were compiled
                    deck = reduction.reduced(deck)
            if deck.thevenin is not None:
                reduction.prove_on_tile(deck.thevenin.cells, simulation)
            with simulation.open(deck.testbench) as simulator:
                version = simulator.version
                volts[corner] = simulator.operating_points(
                    deck.sources,
                    deck.stimuli(inputs, plan.supply_volts),
                    [f"v({net})" for net in nets],
                )
            simulation.progress.update((number + 1) / len(plan.corners), f"corner {corner}")
    return Voltages(nets, volts, f"ngspice {version}")


def _program(copy: Copied) -> CrossbarProgram | None:
    """What was compiled into a folder, None where it is not known."""
    path = copy.folder / PARAMETERS_FILE
    return read_stored(path).program if path.is_file() else None


def check_behaviour(
    golden: Golden, output: Output, tolerance_volts: float, simulation: Simulation
) -> LevelResult:
    """Compare the read-out of a golden's netlist and an output's, in volts.

    Fails with IM511 to IM514 where the golden is damaged, IM536 where a folder has no netlist
    for ngspice, IM601 to IM607 where the golden's cannot be simulated.  An output that cannot
    be simulated differs.
    """
    start = time.perf_counter()
    plan = read_plan(plan_file(golden))
    was = simulate(golden, plan, plan.network, simulation)
    cases = list(_against_stored(golden, was, tolerance_volts))
    require_netlist(output)
    network = _network(output, plan.network)
    if network is None:
        text = "the network has another number of inputs or outputs"
        cases.append(Case("simulation", (text,)))
    else:
        try:
            now = simulate(output, plan, network, simulation)
        except CompileError as error:
            if error.diagnostics[0].code not in _SIMULATION_FAILED:
                raise
            texts = (f"the netlist cannot be simulated: {error.diagnostics[0].message}",)
            cases.append(Case("simulation", texts, error.diagnostics[0].notes))
        else:
            for corner in plan.corners:
                cases += sample_groups(corner, was, now, tolerance_volts)
    return LevelResult(Level.BEHAVIOUR, tuple(cases), time.perf_counter() - start)


def sample_groups(
    corner: str, was: Voltages, now: Voltages, tolerance_volts: float
) -> Iterator[Case]:
    """A case for each few samples of a corner."""
    apart = np.abs(now.corners[corner] - was.corners[corner])
    for first in range(0, len(apart), _GROUP_SAMPLES):
        part = apart[first : first + _GROUP_SAMPLES]
        name = f"corner {corner}, samples {first} to {first + len(part) - 1}"
        wrong = int(np.count_nonzero((part > tolerance_volts).any(axis=1)))
        if not wrong:
            yield Case(name)
            continue
        sample, net = np.unravel_index(int(part.argmax()), part.shape)
        verb = "differs" if wrong == 1 else "differ"
        yield Case(
            name,
            (
                f"{name}: {wrong} of {len(part)} {verb} by more than"
                f" {engineering(tolerance_volts, 'V')},"
                f" largest {engineering(float(part.max()), 'V')}"
                f" at {was.nets[net]} of sample {first + sample}",
            ),
        )


def _against_stored(golden: Golden, found: Voltages, tolerance: float) -> Iterator[Case]:
    """Whether this simulator gives the voltages that are stored."""
    stored, nets = read_expected(golden)
    for corner, volts in found.corners.items():
        name = f"corner {corner}, stored voltages"
        expected = stored.get(corner)
        if nets != found.nets or expected is None or expected.shape != volts.shape:
            yield Case(name, (f"corner {corner}: the stored voltages are of other samples",))
            continue
        worst = float(np.abs(volts - expected).max())
        if worst <= tolerance:
            yield Case(name)
            continue
        yield Case(
            name,
            (
                f"corner {corner}: the golden's own netlist gives voltages that are"
                f" {engineering(worst, 'V')} from those stored;"
                f" here simulates {found.simulator}, then {golden.simulator}",
            ),
        )


def _network(output: Output, golden: Network) -> Network | None:
    """The network with the names of the output; None where it is of another shape."""
    if not plan_file(output).is_file():
        return golden
    network = read_plan(plan_file(output)).network
    same = network.input.width == golden.input.width and network.output.width == golden.output.width
    return network if same else None


def _output_nets(layer: str, node: str, width: int) -> tuple[str, ...]:
    return layer_nets(layer.lower(), "minus" if node == "minus" else "plus", width)
