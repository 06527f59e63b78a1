"""The passes of a compile, with their options filled from the design."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from imnnc.artifacts.curves import ModelFiles, UnmeasuredMemristor
from imnnc.artifacts.reading import has_table
from imnnc.artifacts.training import ChipsInMind, StartingModel, Taught
from imnnc.circuit.check import check_network
from imnnc.circuit.names import cell_module, crossbar_module, inverter_module
from imnnc.data import data_files
from imnnc.data.files import check_readable
from imnnc.design import METHODS, Design, DialectName, Memristor, Network, Technology
from imnnc.diagnostics import fail
from imnnc.emit.programming import Format
from imnnc.encoding import DataSpec
from imnnc.engine.base import Pass
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.graph import PassGraph
from imnnc.engine.options import apply_settings, option_value, options
from imnnc.files.files import sha256_file
from imnnc.models.cells import check_cell
from imnnc.models.layout import model_files, subcircuits
from imnnc.passes.characterize import Characterize
from imnnc.passes.characterize_cells import CharacterizeCells
from imnnc.passes.chips import MeasureChips
from imnnc.passes.emit_dialects import EmitDialects
from imnnc.passes.emit_ngspice import EmitNgspice
from imnnc.passes.emit_parameters import EmitParameters
from imnnc.passes.emit_programming import EmitProgramming
from imnnc.passes.fit_tanh import FitTanh
from imnnc.passes.fit_vtc import FitVtc, largest_load
from imnnc.passes.load_data import LoadData
from imnnc.passes.load_model import LoadModel
from imnnc.passes.load_parameters import LoadParameters, LoadTable
from imnnc.passes.netlist import Netlist
from imnnc.passes.program import Program
from imnnc.passes.report import WriteReport
from imnnc.passes.size import Size
from imnnc.passes.stimuli import ChooseStimuli
from imnnc.passes.take_table import TakeTable
from imnnc.passes.teach import Teach
from imnnc.passes.train import Train
from imnnc.passes.tune import Tune
from imnnc.passes.verify import Verify
from imnnc.physics.pulse_plan import plan_of
from imnnc.pulses import PulsePlan
from imnnc.simulate.driver import Driver
from imnnc.simulate.ngspice import ngspice_version


@dataclass(frozen=True)
class Settings:
    """What the command line says about the passes.

    Attributes:
        options: settings of options, each `pass.option=value`.
        params: stored parameters to compile from; None: train.
        driver: how the verification simulates.
        reduce: whether it replaces the first crossbar by Thévenin equivalents.
    """

    options: tuple[str, ...] = ()
    params: Path | None = None
    driver: Driver = "pyspice"
    reduce: bool = False


def roots(design: Design) -> dict[type, object]:
    """The artifacts that are there before any pass has run.

    Raises:
        CompileError: a model file is missing, or refers to one outside of its folder.
    """
    knows_chips = design.train.chips or design.train.swept_on_chips
    return {
        Technology: design.technology,
        ModelFiles: ModelFiles(tuple(model_files(design.technology).values())),
        Network: design.trained_network,
        **_memristor(design.memristor),
        ChipsInMind: ChipsInMind(design.technology if knows_chips else None),
        **({StartingModel: StartingModel()} if design.train.model is None else {}),
        **({} if design.train.teacher else {Taught: Taught()}),
    }


def _memristor(memristor: Memristor) -> dict[type, object]:
    """The memristor: with the law of its cells, or with a model that has to be measured."""
    if memristor.model is None:
        return {Memristor: memristor}
    return {UnmeasuredMemristor: UnmeasuredMemristor(memristor)}


def _check_chips(design: Design) -> None:
    """Chips can be trained for where something is known of how they differ."""
    from imnnc.physics.chips import spread_of

    technology, memristor = design.technology, design.memristor
    if not spread_of(technology, memristor).causes:
        raise fail(
            "IM333",
            "`chips on` must have something that chips differ by",
            design.train.span,
            notes=[
                f"technology `{technology.name}` has no `mismatch`, memristor `{memristor.name}` no"
                " `variation`, `read_noise`, `drift` or `stuck`"
            ],
            help="put `mismatch nmos 3.5 mV um   pmos 3.5 mV um` into its `technology` block",
        )


def build_graph(design: Design, settings: Settings) -> PassGraph:
    """All passes of a compile.

    Raises:
        CompileError: an option is not one, there are no data, or the models, or a dialect that an
            option asks for, cannot have a name of the network beside theirs.
    """
    data, spec, method = _data(design), design.train, design.train.method
    if spec.chips and settings.params is None:
        _check_chips(design)
    if settings.params is not None and not settings.params.exists():
        raise fail(
            "IM511",
            f"cannot read `{settings.params}`: no such file or directory",
            help="`imnnc golden update OUT --golden FOLDER` writes the `params.npz` of a golden;"
            " without `--params` the network is trained",
        )
    passes: list[Pass] = [
        LoadData(data, spec.loss, spec.seed),
    ]
    if spec.model is not None:
        check_readable(spec.model, spec.span)
        target = None if design.classification else data.target
        passes.append(LoadModel(spec.model, data.encode, target, spec.span))
    if settings.params is not None and has_table(settings.params, design.technology):
        passes.append(LoadTable(settings.params))
    else:
        corners = () if settings.params is not None else design.train.corners or ()
        passes.append(Characterize((*design.verify.corners, *corners)))
    if design.memristor.model is not None:
        check_cell(design.technology, design.memristor.model)
        passes.append(CharacterizeCells())
    if settings.params is None:
        taught = [Teach(spec)] if spec.teacher else []
        passes += [_fit(design), *taught, Tune(spec), Train(spec), Size(spec)]
    else:
        passes.append(LoadParameters(settings.params, design.verify.corners))
    passes += [
        Program(spec),
        Netlist(),
        ChooseStimuli(design.verify.samples),
        EmitNgspice(method, design.source_sha256),
        EmitDialects(method, design.source_sha256, _dialects(design), design.technology.foreign),
        EmitParameters(method, spec.loss, design.verify),
        EmitProgramming(cast("tuple[Format, ...]", design.emit.programming), _pulse_plan(design)),
        Verify(settings.driver, settings.reduce),
        MeasureChips(design.chips, spec.loss),
        WriteReport(spec.loss),
    ]
    passes = apply_settings(passes, settings.options)
    _check_names(design, passes)
    return PassGraph(passes, roots(design))


def _check_names(design: Design, passes: Iterable[Pass]) -> None:
    """What the source alone does not say of its names: dialects of options, models of a kit."""
    network = design.network
    for pass_ in passes:
        if isinstance(pass_, EmitDialects):
            check_network(network, pass_.dialects)
    known = subcircuits(design.technology)
    names = (
        network.name,
        inverter_module(network.name),
        cell_module(network.name),
        *(crossbar_module(network.name, layer.name) for layer in network.layers),
    )
    if taken := [name for name in names if name.lower() in known]:
        raise fail(
            "IM124",
            f"a network cannot be called `{network.name}`",
            network.span,
            notes=["the models of the technology have a subcircuit of this name"]
            if taken[0] == network.name
            else [
                f"the models have a subcircuit `{taken[0]}`, which is the name of one of its own"
            ],
        )


def _dialects(design: Design) -> tuple[DialectName, ...]:
    """What is asked for besides ngspice's netlist, which verification needs in any case."""
    return cast("tuple[DialectName, ...]", tuple(x for x in design.emit.dialects if x != "ngspice"))


def _pulse_plan(design: Design) -> PulsePlan | None:
    return None if design.program is None else plan_of(design.memristor, design.program)


def _fit(design: Design) -> Pass:
    """The pass that provides the curves of the design's method."""
    match METHODS[design.train.method].curves:
        case "table":
            return TakeTable()
        case "tangents":
            return FitTanh(design.train)
        case "networks":
            load = largest_load(design.network, design.memristor)
            return FitVtc(load, span=design.network.span)


def manifest_fields(
    design: Design, settings: Settings, graph: PassGraph, device: Device = PROCESSOR
) -> dict[str, Any]:
    """What the manifest says besides the files: where they come from.

    Files that were read are named without their folders, which differ from machine to machine; the
    device is where it was none of the machine's processors.
    """
    technology = design.technology
    return {
        "network": design.network.name,
        "method": design.train.method,
        "technology": technology.name,
        "corner": technology.corner,
        "seed": design.train.seed,
        "simulator": {"name": "ngspice", "version": ngspice_version()},
        "source": {"name": design.path.name, "sha256": design.source_sha256},
        "data": {path.name: sha256_file(path) for path in data_files(_data(design))},
        **(
            {}
            if design.train.model is None
            else {"model": {design.train.model.name: sha256_file(design.train.model)}}
        ),
        **({} if device.identity is None else {"device": device.identity}),
        "kit": _kit(technology),
        "models": {name: sha256_file(path) for name, path in model_files(technology).items()},
        "parameters": None if settings.params is None else sha256_file(settings.params),
        "options": {
            pass_.name: {
                name: _plain(option_value(pass_, option)) for name, option in options(pass_).items()
            }
            for pass_ in graph.passes.values()
        },
    }


def _kit(technology: Technology) -> dict[str, str] | None:
    """The foundry's kit that the models are from; None where there is none."""
    if technology.kit is None or technology.kit_files is None:
        return None
    found = technology.kit_files
    return {"name": technology.kit.name, "version": found.version, "found": found.source}


def _data(design: Design) -> DataSpec:
    if design.data is None:
        raise fail(
            "IM709",
            "a compile needs samples, the source has no `data` block",
            design.network.span,
            help="add one, such as `data { set iris  encode 0 .. 1 -> -0.25 V .. 0.25 V }`",
        )
    return design.data


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    return value.name if isinstance(value, Path) else value
