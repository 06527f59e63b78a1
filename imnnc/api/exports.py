"""A compiled network as something that other programs call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.networks import Network
from imnnc.api.origin import source_of

if TYPE_CHECKING:
    from imnnc.artifacts.stored import StoredNetwork, TestPlan
    from imnnc.data.units import InputUnits
    from imnnc.export.circuit import Circuit


class Exports:
    """What a network in an output folder can become."""

    out: Path

    def to_torch(
        self,
        data: str | Path | Network | None = None,
        *,
        define: Mapping[str, str] | None = None,
        predicted: bool = False,
        edited: bool = False,
    ) -> Circuit:
        """The circuit's static behaviour as an `nn.Module`, with gradients to its inputs.

        It answers with the exact operating point of the circuit, as `evaluate` solves it: within
        a microvolt of ngspice, see there.

        Args:
            data: the source, whose `data` block says how values become voltages: the module then
                takes samples in those units, held within the range of `encode`; None: it takes
                the volts of the plus rows of the inputs.
            define: values for constants of that source.
            predicted: answer with the prediction of the method that the network was trained by,
                LATIM's curves under their loads for example, in place of the operating point.
            edited: take the files as they are, though they are not as they were compiled.

        Raises:
            CompileError: IM513 and IM516 where files were edited, IM511 to IM514 where they are
                damaged, and what is wrong with the source or is of another network.
        """
        from imnnc.artifacts.reading import in_netlist, read_folder
        from imnnc.export.circuit import Circuit
        from imnnc.files.manifest import require_unedited
        from imnnc.methods.choice import METHODS
        from imnnc.physics.inverter import Inverter
        from imnnc.physics.readout import ExactReadout

        if not edited:
            require_unedited(self.out)
        stored, plan = read_folder(self.out)
        units = _units(data, define, stored, plan)
        parameters = in_netlist(stored, plan)
        if predicted:
            model = METHODS[stored.method].predictor(parameters, stored.vtc.design)
            readout = model.readout
        else:
            readout = ExactReadout(Inverter(stored.table), parameters)
        return Circuit(readout, parameters.layers[0].inputs, plan.supply_volts, units)

    def to_onnx(
        self,
        path: str | Path,
        data: str | Path | Network | None = None,
        *,
        define: Mapping[str, str] | None = None,
        edited: bool = False,
    ) -> Path:
        """Write the same, the exact operating point, as a graph of ONNX's own operators.

        The graph takes `inputs` (S, N) in float64 and gives `readout` (S, M), in volts; NaN where
        a sample has not come to rest.  How far it is from the solver on samples of the
        verification was measured when it was written; the file says so in its metadata.

        Args:
            path: the file to be written.
            data: as for `to_torch`.
            define: values for constants of that source.
            edited: take the files as they are, though they are not as they were compiled.

        Returns:
            The path of the file.

        Raises:
            CompileError: as `to_torch`; IM814 without the package `onnx`, IM817 where cells are no
                resistors, IM818 where the graph is not the circuit within a microvolt.
        """
        from imnnc.artifacts.reading import read_folder
        from imnnc.export.onnx_file import write_onnx
        from imnnc.files.manifest import require_unedited

        if not edited:
            require_unedited(self.out)
        stored, plan = read_folder(self.out)
        units = _units(data, define, stored, plan)
        return write_onnx(Path(path), stored, plan, units)


def _units(
    data: str | Path | Network | None,
    define: Mapping[str, str] | None,
    stored: StoredNetwork,
    plan: TestPlan,
) -> InputUnits | None:
    from imnnc.data.units import input_units

    if data is None:
        return None
    with source_of(data, define, stored, plan) as (design, spec):
        return input_units(spec, design.network, design.train.loss, design.train.seed)
