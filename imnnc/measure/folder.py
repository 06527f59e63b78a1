"""The network in an output folder, simulated and compared with its prediction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from imnnc.circuit.names import crossbar_instance, crossbar_module
from imnnc.design import Network
from imnnc.diagnostics import CompileError, Diagnostic, Span
from imnnc.measure.simulation import Simulation
from imnnc.measure.verification import Verification

VERIFICATION_FILE = "verify.json"


def verify_folder(
    folder: Path,
    *,
    sha256: Mapping[str, str] | None,
    simulation: Simulation,
) -> Verification:
    """Simulate the network in an output folder, and compare with its prediction.

    Args:
        folder: an output folder, or one with the netlists, models and parameters of one.
        sha256: of each of its files, which they must have; None: they may be any.
        simulation: how it is simulated.

    Raises:
        CompileError: IM510 to IM516 where a file is missing, damaged or another one, IM608 and
            IM609 where one holds what no circuit needs, IM601 to IM607 where the simulator fails,
            IM620 where reduced and full deck disagree.
    """
    from imnnc.measure.bench import Bench
    from imnnc.measure.copied import copied

    with copied(folder, sha256) as copy:
        return Bench(copy, simulation).verify()


def located(error: CompileError, network: Network) -> CompileError:
    """The same error, pointing at the layer whose nodes the simulator's messages name."""

    def place(diagnostic: Diagnostic) -> Diagnostic:
        if diagnostic.span is not None:
            return diagnostic
        return replace(diagnostic, span=_span_of_nodes(diagnostic.notes, network))

    return CompileError(*map(place, error.diagnostics), exit_code=error.exit_code)


def _span_of_nodes(notes: Iterable[str], network: Network) -> Span | None:
    text = "\n".join(notes).lower()
    for layer in network.layers:
        name, crossbar = re.escape(layer.name.lower()), crossbar_instance(layer.name).lower()
        whole = re.escape(crossbar_module(network.name, layer.name).lower())
        # Subcircuits had no name of the network before theirs in earlier versions.
        parts = rf"{whole}|x?{re.escape(crossbar)}|{name}_(net|minus|plus)_\d+"
        if re.search(rf"(?<![a-z0-9_])({parts})\b", text):
            return layer.span
    return network.span
