"""Waveforms of an output folder: samples one after the other, through the deck as it lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from imnnc.artifacts.reading import check_volts, read_folder
from imnnc.artifacts.stored import TestPlan
from imnnc.circuit.names import BIAS_MINUS, BIAS_PLUS, VDD, VSS, Node, layer_nets, rail_pair_nets
from imnnc.diagnostics import ExitCode, fail
from imnnc.emit.ngspice import read_flat_names
from imnnc.measure.copied import copied
from imnnc.measure.deck import deck_at
from imnnc.measure.figures import EDGE_SECONDS, LEAD_SECONDS, LEAST_HOLD_SECONDS, stream_waveform
from imnnc.measure.reduction import Reduction
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import rounded
from imnnc.physics.network import FloatArray
from imnnc.simulate.waveform_files import Traces, Unit, write_traces

READOUT = "readout"
_POINTS = 200  # at least so many a hold; ngspice adds more where voltages move
_NODES: tuple[Node, ...] = ("net", "minus", "plus")
_SUPPLIES = (VDD, VSS, BIAS_PLUS, BIAS_MINUS)
_CURRENTS = {f"i({net})": f"i(v{net.removeprefix('v')})" for net in _SUPPLIES}
_MOST_NAMED = 8  # nodes in one message


@dataclass(frozen=True)
class Step:
    """One sample that was put to the inputs.

    Attributes:
        sample: its number among those that were given.
        seconds: when its inputs begin to move.
        readout_volts: (M,), V- of the last layer at the end of its hold.
    """

    sample: int
    seconds: float
    readout_volts: FloatArray


@dataclass(frozen=True)
class Waveforms:
    """What ngspice finds when samples follow each other at the inputs.

    `found["kind_minus_0"]` are the values of a node (T,), at the times `found.seconds` (T,).

    Attributes:
        network: its name.
        hold_seconds: how long each sample is there.
        steps: the samples, in their order.
        traces: times, and a column a node, in volts, or in amperes where it is a current.
    """

    network: str
    hold_seconds: float
    steps: tuple[Step, ...]
    traces: Traces

    @property
    def seconds(self) -> FloatArray:
        """The times (T,) that the simulator chose."""
        return self.traces.seconds

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes and currents, in their order."""
        return self.traces.names

    def __getitem__(self, name: str) -> FloatArray:
        if name not in self.names:
            raise KeyError(name)
        values: FloatArray = self.traces.values[:, self.names.index(name)]
        return values

    def write(self, path: str | Path) -> None:
        """Write a file; its ending decides how: `.raw`, `.csv`, `.vcd`, `.h5` or `.hdf5`.

        Raises:
            CompileError: IM750 where the ending is none of these, IM745 where HDF5 is asked for and
                `h5py` is not there, IM510 where the file cannot be written.
        """
        write_traces(Path(path), self.traces)

    def to_json(self) -> dict[str, Any]:
        """Everything but the waveforms themselves, SI units, six digits."""
        tree: dict[str, Any] = rounded(
            {
                "network": self.network,
                "hold_s": self.hold_seconds,
                "steps": [
                    {
                        "sample": step.sample,
                        "begins_s": step.seconds,
                        "readout_v": step.readout_volts.tolist(),
                        "highest": int(step.readout_volts.argmax()),
                    }
                    for step in self.steps
                ],
                "nodes": list(self.names),
                "points": len(self.seconds),
            }
        )
        return tree


def simulate_folder(
    folder: Path,
    inputs_volts: FloatArray | None,
    samples: Sequence[int],
    *,
    begin: int | None,
    hold_seconds: float,
    nodes: Sequence[str],
    sha256: Mapping[str, str] | None,
    simulation: Simulation,
) -> Waveforms:
    """Put samples to the inputs of the network in an output folder, one after the other.

    Args:
        folder: an output folder.
        inputs_volts: (S, N); None: the samples that the folder was verified with.
        samples: which of them, in this order.
        begin: the sample at whose operating point it begins; None: with all inputs at 0 V.
        hold_seconds: how long each is there.
        nodes: names or patterns (`hidden_*`) of nets and supply currents (`i(vdd)`), `readout`.
        sha256: of each of the folder's files, which they must have; None: they may be any.
        simulation: how ngspice is run.

    Raises:
        CompileError: IM716 where the samples are not of this network, IM751 for a sample that is
            not there or a hold that is too short, IM752 for a node that is not, and what
            `verify_folder` raises.
    """
    _, plan = read_folder(folder)
    inputs = plan.stimuli.inputs_volts if inputs_volts is None else inputs_volts
    check_volts(inputs, plan.network.input.width, plan.supply_volts)
    _check(samples, begin, len(inputs), hold_seconds)
    first = np.zeros(inputs.shape[1]) if begin is None else inputs[begin]
    levels = np.vstack([first, inputs[list(samples)]])
    with copied(folder, sha256) as copy:
        stored, plan = read_folder(copy.folder)
        network = plan.network
        deck = deck_at(copy, network, None)
        reduction = Reduction(copy, network, stored.program, plan)
        if simulation.reduce or reduction.is_needed:
            deck = reduction.reduced(deck)
        names = read_flat_names(copy.folder, network.name)
        rows = rail_pair_nets(network.input.name, network.input.width)
        readout = layer_nets(network.output.name, "minus", network.output.width)
        chosen = _chosen(nodes, _every(plan, rows), readout)
        moved = {
            source: stream_waveform(volts, hold_seconds)
            for source, volts in zip(
                deck.sources, deck.stimuli(levels, plan.supply_volts).T, strict=True
            )
        }
        asked = [_CURRENTS.get(x) or names.probe(x) for x in (*readout, *chosen) if x not in rows]
        with simulation.open(deck.testbench) as simulator:
            seconds, values = simulator.transient(
                moved,
                LEAD_SECONDS + len(samples) * hold_seconds,
                hold_seconds / _POINTS,
                list(dict.fromkeys(asked)),
            )
            version = simulator.version
    at = {probe: values[:, i] for i, probe in enumerate(dict.fromkeys(asked))}
    # Of a crossbar that is reduced, the rows themselves do not move.
    driven = dict(zip(rows, np.hstack([levels, -levels]).T, strict=True))
    columns = [
        np.interp(seconds, *stream_waveform(driven[x], hold_seconds))
        if x in driven
        else at[_CURRENTS.get(x) or names.probe(x)]
        for x in chosen
    ]
    begins = LEAD_SECONDS + hold_seconds * np.arange(len(samples))
    ends = [np.interp(begins + hold_seconds, seconds, at[names.probe(x)]) for x in readout]
    units: tuple[Unit, ...] = tuple("A" if x in _CURRENTS else "V" for x in chosen)
    return Waveforms(
        network.name,
        hold_seconds,
        tuple(
            Step(sample, float(start), np.array([x[number] for x in ends]))
            for number, (sample, start) in enumerate(zip(samples, begins, strict=True))
        ),
        Traces(
            f"{network.name}: samples {', '.join(map(str, samples))}",
            f"ngspice {version}",
            seconds,
            chosen,
            units,
            np.column_stack(columns),
        ),
    )


def _check(samples: Sequence[int], begin: int | None, count: int, hold_seconds: float) -> None:
    if not samples:
        raise fail("IM751", "a sample must be given, there is none", exit_code=ExitCode.USAGE)
    every = samples if begin is None else [begin, *samples]
    if wrong := [x for x in every if not 0 <= x < count]:
        raise fail(
            "IM751",
            f"a sample must be one of 0 to {count - 1}, was {wrong[0]}",
            help="`--data NET.IMNN` takes all test samples of a source",
            exit_code=ExitCode.USAGE,
        )
    if not LEAST_HOLD_SECONDS <= hold_seconds < float("inf"):
        raise fail(
            "IM751",
            f"a sample must be held for {LEAST_HOLD_SECONDS:g} s at least, two edges of"
            f" {EDGE_SECONDS:g} s, was {hold_seconds:g} s",
            exit_code=ExitCode.USAGE,
        )


def _every(plan: TestPlan, rows: Sequence[str]) -> tuple[str, ...]:
    """All that can be looked at, from the inputs on."""
    layers = plan.network.layers
    return (
        *rows,
        *(x for y in layers for node in _NODES for x in layer_nets(y.name, node, y.width)),
        *_SUPPLIES,
        *_CURRENTS,
    )


def _chosen(nodes: Sequence[str], every: Sequence[str], readout: Sequence[str]) -> tuple[str, ...]:
    """The nodes of names and patterns, in the order in which they are asked for."""
    found: dict[str, None] = {}
    for pattern in nodes:
        fitting = readout if pattern == READOUT else [x for x in every if fnmatchcase(x, pattern)]
        if not fitting:
            some = ", ".join(f"`{x}`" for x in (*readout[:2], *every[:: len(every) // _MOST_NAMED]))
            raise fail(
                "IM752",
                f"no node of the network is called `{pattern}`",
                notes=[f"there are `readout`, {some}, and more"],
                help="`*` stands for any characters: `hidden_minus_*`",
                exit_code=ExitCode.USAGE,
            )
        found.update(dict.fromkeys(fitting))
    if not found:
        raise fail("IM752", "a node must be given, there is none", exit_code=ExitCode.USAGE)
    return tuple(found)
