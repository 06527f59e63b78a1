"""A file of ONNX with a circuit in it, and what it was measured to be worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from imnnc.artifacts.reading import in_netlist
from imnnc.artifacts.stored import StoredNetwork, TestPlan
from imnnc.data.units import InputUnits
from imnnc.diagnostics import ExitCode, fail
from imnnc.files.files import new_binary
from imnnc.physics.inverter import Inverter
from imnnc.physics.network import FloatArray, NetworkParameters
from imnnc.physics.operating_point import OperatingPointSolver
from imnnc.version import __version__

_LIMIT_VOLTS = 1e-6
_MEASURED = 4  # samples that the graph is computed for before it is written
_MEAN_OF = 50  # samples that its loops begin in the middle of


def write_onnx(path: Path, stored: StoredNetwork, plan: TestPlan, units: InputUnits | None) -> Path:
    """Write the operating point of a network as a graph.

    Raises:
        CompileError: IM510 where the file cannot be written, IM814 without the package `onnx`,
            IM817 where cells are no resistors, IM818 where the graph is not the circuit.
    """
    try:
        import onnx  # noqa: F401
    except ImportError as missing:
        raise fail(
            "IM814",
            "graphs of ONNX are written by the package `onnx`, which is not installed",
            help="`pip install 'imnnc[onnx]'`",
            exit_code=ExitCode.TOOL,
        ) from missing
    from imnnc.export.graph import OPSET, Graph
    from imnnc.export.onnx_circuit import SETTLED_VOLTS, add_circuit, add_units

    parameters, samples = in_netlist(stored, plan), plan.stimuli.inputs_volts
    inverter = Inverter(stored.table)
    width, outputs = parameters.layers[0].inputs, parameters.layers[-1].width

    def model(units: InputUnits | None, properties: dict[str, str]) -> Any:
        graph = Graph()
        volts = "inputs" if units is None else add_units(graph, "inputs", units)
        readout = add_circuit(graph, volts, inverter, parameters, samples[:_MEAN_OF])
        values = width if units is None else units.values
        ends = ("inputs", values), ("readout", readout, outputs)
        return graph.model(plan.network.name, *ends, properties)

    some = samples[:_MEASURED]
    error = _error(model(None, {}), inverter, parameters, some)
    if not error <= _LIMIT_VOLTS:
        raise fail(
            "IM818",
            f"the graph must be the circuit within {_LIMIT_VOLTS:g} V, on the first"
            f" {len(some)} samples of the verification it is {error:.3g} V off",
            exit_code=ExitCode.VERIFICATION,
        )
    unit = "volts of the plus rows" if units is None else "values in the units of the data"
    properties = {
        "imnnc.version": __version__,
        "imnnc.network": plan.network.name,
        "imnnc.method": stored.method,
        "imnnc.inputs": unit,
        "imnnc.readout": "volts, V- of the output layer; NaN where a sample is not at rest",
        "imnnc.opset": f"{OPSET}, ONNX's own operators alone, in float64",
        "imnnc.settled_volts": f"{SETTLED_VOLTS:g}",
        "imnnc.solver_error_volts": f"{error:.3g}",
        "imnnc.solver_error_samples": str(len(some)),
    }
    content = model(units, properties).SerializeToString(deterministic=True)
    with new_binary(path) as stream:
        stream.write(content)
    return path


def _error(
    model: Any, inverter: Inverter, parameters: NetworkParameters, samples: FloatArray
) -> float:
    """The largest difference of a read-out to the solver's, as `onnx` itself computes the graph."""
    from onnx.reference import ReferenceEvaluator

    exact = OperatingPointSolver(inverter).solve(parameters, samples).require()
    (found,) = ReferenceEvaluator(model).run(None, {"inputs": samples})
    return float(np.abs(np.asarray(found) - exact.layers[-1].minus).max(initial=0.0))
