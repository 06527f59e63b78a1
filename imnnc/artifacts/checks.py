"""What the parts of a stored network and of a test plan must have in common.

Types, limits and names are checked while a file is decoded, field by field.  Here are the rules
between fields: shapes, signs, orders, and that what has one name is one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from imnnc.artifacts.stored import StoredNetwork, TestPlan
from imnnc.artifacts.training import unformed_field
from imnnc.design import (
    METHODS,
    SWEPT,
    InverterSizes,
    Layer,
    Memristor,
    Network,
    TrainSpec,
)
from imnnc.files.decoding import DamagedError
from imnnc.limits import MAX_CELLS, MAX_LAYERS, Bounds, required_bounds
from imnnc.parasitics import MAX_WIRED_NUMBERS
from imnnc.physics.network import (
    UNFORMED_LEVEL,
    CrossbarProgram,
    LayerParameters,
    NetworkParameters,
    ProgrammedCrossbar,
)
from imnnc.physics.table import LEAST_POINTS, MAX_AMPERES, InverterTable
from imnnc.physics.vtc import CurveNetwork, Curves, TableModel, TanhPair, VtcModel
from imnnc.units import RESISTANCE

BEYOND_RAILS = 1 + 1e-6  # inputs may have been rounded to single precision

_CURVES: dict[str, type[Curves]] = {
    "networks": VtcModel,
    "tangents": TanhPair,
    "table": TableModel,
}


_SIZE = required_bounds(InverterSizes, "minimum")
_SIEMENS = required_bounds(Memristor, "conductance_min_siemens")
_OHMS = Bounds(RESISTANCE, 1 / _SIEMENS.high, 1 / _SIEMENS.low)
_LEVELS = required_bounds(Memristor, "levels")


def check_stored(stored: StoredNetwork) -> None:
    """Raises `DamagedError` unless the parts of a stored network belong to one another."""
    _check_parameters(stored.parameters)
    _check_program(stored)
    _check_curves(stored)
    _check_table(stored.table, "table")
    _require(
        stored.table.supply_volts == stored.vtc.design.supply_volts,
        "table.supply_volts",
        f"{stored.vtc.design.supply_volts:g} V, as `vtc` has it",
    )
    _check_training(stored)


def check_plan(plan: TestPlan) -> None:
    """Raises `DamagedError` unless the parts of a test plan belong to one another."""
    _check_network(plan.network, plan.supply_volts)
    for where, corners in (("corners", plan.corners), ("spec.corners", plan.spec.corners)):
        _require_distinct(corners, where)
    _require(bool(plan.corners), "corners", "a corner at least")
    inputs, targets = plan.stimuli.inputs_volts, plan.stimuli.targets
    _require(
        inputs.ndim == 2 and inputs.shape[1] == plan.network.input.width and len(inputs) > 0,
        "stimuli.inputs_volts",
        f"of shape (samples, {plan.network.input.width})",
    )
    _require(
        bool((np.abs(inputs) <= plan.supply_volts * BEYOND_RAILS).all()),
        "stimuli.inputs_volts",
        f"between the rails at -{plan.supply_volts:g} and {plan.supply_volts:g} V",
    )
    outputs = plan.network.output.width
    if plan.loss == "cross_entropy":
        _require_array(targets, (len(inputs),), "stimuli.targets", np.int64)
        _require(
            bool(((targets >= 0) & (targets < outputs)).all()),
            "stimuli.targets",
            f"classes from 0 to {outputs - 1}",
        )
    else:
        _require_array(targets, (len(inputs), outputs), "stimuli.targets", np.float64)


def check_together(stored: StoredNetwork, plan: TestPlan) -> None:
    """Raises `DamagedError` unless a plan is that of a stored network."""
    layers = [(x.name, x.inputs, x.biases, x.width) for x in stored.parameters.layers]
    planned = [
        (layer.name, inputs, layer.biases, layer.width)
        for layer, inputs in zip(plan.network.layers, plan.network.widths, strict=False)
    ]
    _require(layers == planned, "network.layers", "those of the parameters beside it")
    _require(
        plan.supply_volts == stored.vtc.design.supply_volts,
        "supply_volts",
        f"{stored.vtc.design.supply_volts:g}, as the parameters beside it have it",
    )
    known = [model.corner for model in stored.vtc.models]
    missing = [corner for corner in plan.corners if corner not in known]
    _require(not missing, "corners", "those of which the parameters beside it have curves")


def _check_network(network: Network, supply_volts: float) -> None:
    """The rules of the language for a `network` block."""
    names = [network.input.name, *(layer.name for layer in network.layers)]
    _require_distinct(names, "network.layers", "names that differ in more than case")
    count = len(network.layers)
    _require(1 <= count <= MAX_LAYERS, "network.layers", f"from 1 to {MAX_LAYERS} layers")
    port = network.input
    _require(port.low_volts < port.high_volts, "network.input", "a range from low to high")
    _require(
        -supply_volts <= port.low_volts and port.high_volts <= supply_volts,
        "network.input",
        f"between the rails at -{supply_volts:g} and {supply_volts:g} V",
    )
    for index, (layer, pairs) in enumerate(zip(network.layers, network.row_pairs, strict=True)):
        where = f"network.layers.{index}"
        cells = 2 * pairs * layer.width
        _require(cells <= MAX_CELLS, f"{where}.width", f"of at most {MAX_CELLS} cells")
        sizes = layer.inverter
        _require(sizes.minimum <= sizes.maximum, f"{where}.inverter", "a range from low to high")


def _check_parameters(parameters: NetworkParameters) -> None:
    layers = parameters.layers
    count = len(layers)
    _require(1 <= count <= MAX_LAYERS, "parameters.layers", f"from 1 to {MAX_LAYERS} layers")
    _require_distinct(
        [layer.name for layer in layers], "parameters.layers", "names that differ in more than case"
    )
    inputs: int | None = None
    for index, layer in enumerate(layers):
        where = f"parameters.layers.{index}"
        _require(
            layer.g_plus_siemens.ndim == 2
            and min(layer.g_plus_siemens.shape) >= 1
            and layer.inputs >= 1
            and inputs in (None, layer.inputs),
            f"{where}.g_plus_siemens",
            "of shape (rows + biases, columns), a row for each column of the layer before",
        )
        inputs = layer.width
        for name in ("g_plus_siemens", "g_minus_siemens"):
            cells = getattr(layer, name)
            _require_array(cells, layer.g_plus_siemens.shape, f"{where}.{name}")
            _require_within(cells, _SIEMENS, f"{where}.{name}")
        for name in ("size_minus", "size_plus"):
            _require_sizes(getattr(layer, name), layer, f"{where}.{name}")
        _check_formed(layer, layer, where)


def _check_formed(
    cells: LayerParameters | ProgrammedCrossbar, layer: LayerParameters, where: str
) -> None:
    """Masks of the layer's cells, both or none, and in a program those of the layer."""
    masks = cells.formed_plus, cells.formed_minus
    _require_both(
        masks, f"{where}.formed_minus", "there where it is said which plus cells are formed"
    )
    for name, mask in zip(("formed_plus", "formed_minus"), masks, strict=True):
        own = getattr(layer, name)
        if mask is not None:
            _require_array(mask, layer.g_plus_siemens.shape, f"{where}.{name}", np.bool_)
        same = mask is own or (mask is not None and own is not None and (mask == own).all())
        _require(bool(same), f"{where}.{name}", "that of the parameters")


def _check_program(stored: StoredNetwork) -> None:
    """The cells as programmed are those of the layers, in number, names and shapes."""
    program, layers = stored.program, stored.parameters.layers
    for where, parts in (
        ("program.crossbars", program.crossbars),
        ("program.size_minus", program.size_minus),
        ("program.size_plus", program.size_plus),
    ):
        _require(len(parts) == len(layers), where, f"of {len(layers)} layers")
    for index, (crossbar, layer) in enumerate(zip(program.crossbars, layers, strict=True)):
        where = f"program.crossbars.{index}"
        _require(crossbar.name == layer.name, f"{where}.name", f"`{layer.name}`")
        _require(crossbar.biases == layer.biases, f"{where}.bias_pairs", "that of the parameters")
        for name in ("ohms_plus", "ohms_minus"):
            ohms = getattr(crossbar, name)
            _require_array(ohms, layer.g_plus_siemens.shape, f"{where}.{name}")
            _require_within(ohms, _OHMS, f"{where}.{name}")
        _check_formed(crossbar, layer, where)
        _check_levels(crossbar, layer, where)
        _require_sizes(program.size_minus[index], layer, f"program.size_minus.{index}")
        _require_sizes(program.size_plus[index], layer, f"program.size_plus.{index}")
    _require(
        program.parasitics == stored.parameters.parasitics,
        "program.parasitics",
        "that of the parameters",
    )
    _check_wires(program)


def _check_wires(program: CrossbarProgram) -> None:
    """Every crossbar has an entry, and one that has wires can be solved."""
    wires, crossbars = program.parasitics.wires, program.crossbars
    for name, entries in (("wires", wires), ("capacitances", program.parasitics.capacitances)):
        _require(
            entries is None or len(entries) == len(crossbars),
            f"program.parasitics.{name}",
            f"of {len(crossbars)} layers",
        )
    for index, (crossbar, found) in enumerate(zip(crossbars, wires or (), strict=False)):
        rows, columns = crossbar.ohms_plus.shape
        _require(
            found is None or 2 * rows * columns**2 <= MAX_WIRED_NUMBERS,
            f"program.parasitics.wires.{index}",
            "of a crossbar that can be solved with wires",
        )


def _check_levels(crossbar: ProgrammedCrossbar, layer: LayerParameters, where: str) -> None:
    levels = crossbar.level_plus, crossbar.level_minus
    _require_both(levels, f"{where}.level_minus", "there where the levels of the plus cells are")
    for name, level in zip(("level_plus", "level_minus"), levels, strict=True):
        if level is None:
            continue
        _require_array(level, layer.g_plus_siemens.shape, f"{where}.{name}", np.int64)
        formed = getattr(crossbar, name.replace("level", "formed"))
        cells = level if formed is None else level[formed]
        _require(
            bool(((cells >= 0) & (cells < int(_LEVELS.high))).all()),
            f"{where}.{name}",
            f"levels from 0 to {int(_LEVELS.high) - 1}",
        )
        if formed is not None:
            _require(
                bool((level[~formed] == UNFORMED_LEVEL).all()),
                f"{where}.{name}",
                f"{UNFORMED_LEVEL} of each cell that is not formed",
            )


def _check_curves(stored: StoredNetwork) -> None:
    models = stored.vtc.models
    _require(bool(models), "vtc.models", "curves of a corner at least")
    for index, model in enumerate(models):
        where = f"vtc.models.{index}"
        kind = _CURVES[METHODS[stored.method].curves]
        _require(isinstance(model, kind), where, f"a {kind.__name__}, as `{stored.method}` has")
        _require(
            model.supply_volts == models[0].supply_volts,
            f"{where}.supply_volts",
            f"{models[0].supply_volts:g} V, as the first has it",
        )
        _check_model(model, where)
    _require_distinct([model.corner for model in models], "vtc.models")


def _check_model(model: Curves, where: str) -> None:
    if isinstance(model, TableModel):
        _check_table(model.table, f"{where}.table")
    elif isinstance(model, VtcModel):
        _require(model.minus.scales == model.plus.scales, f"{where}.plus.scales", "those of minus")
        for name in ("minus", "plus"):
            _check_weights(getattr(model, name), model.minus, f"{where}.{name}")


def _check_weights(curve: CurveNetwork, other: CurveNetwork, where: str) -> None:
    scales = curve.scales
    _require(
        min(scales.g_mid_siemens, scales.g_on_siemens, scales.g_max_siemens) > 0,
        f"{where}.scales",
        "conductances above 0",
    )
    _require(
        other.hidden_bias.ndim == 1 and len(other.hidden_bias) > 0,
        f"{where}.hidden_bias",
        "a list of numbers, the same for both curves",
    )
    outputs = other.output_bias.shape
    _require(
        len(outputs) == 1 and outputs[0] > 3 and outputs[0] % 3 == 1,
        f"{where}.output_bias",
        "of 3 K + 1 numbers, the same for both curves",
    )
    hidden = len(other.hidden_bias)
    for name, shape in (
        ("hidden_weight", (2, hidden)),
        ("hidden_bias", (hidden,)),
        ("output_weight", (hidden, *outputs)),
        ("output_bias", outputs),
    ):
        _require_array(getattr(curve, name), shape, f"{where}.{name}")


def _check_table(table: InverterTable, where: str) -> None:
    points = table.output_amperes.shape
    _require(
        len(points) == 2 and points[0] == points[1] >= LEAST_POINTS,
        f"{where}.output_amperes",
        f"square, of at least {LEAST_POINTS} rows",
    )
    for name in ("output_amperes", "rail_amperes"):
        _require_array(getattr(table, name), points, f"{where}.{name}")
        _require(
            bool((np.abs(getattr(table, name)) <= MAX_AMPERES).all()),
            f"{where}.{name}",
            f"of currents of at most {MAX_AMPERES:g} A",
        )
    _require(
        table.low_volts < -table.supply_volts and table.supply_volts < table.high_volts,
        f"{where}.low_volts",
        "below the rails, and `high_volts` above them",
    )
    for name in ("input_farads", "output_farads"):
        _require(getattr(table, name) > 0, f"{where}.{name}", "above 0")


def _check_training(stored: StoredNetwork) -> None:
    tuning, history, sizing = stored.tuning, stored.history, stored.sizing
    layers = stored.parameters.layers
    swept = {name: required_bounds(TrainSpec, name) for name in SWEPT}
    swept |= {unformed_field(layer.name): required_bounds(Layer, "unformed") for layer in layers}
    _require(len(tuning.names) == len(tuning.values), "tuning.values", "one of each name")
    for where, names, values in (
        ("tuning", tuning.names, tuning.values),
        ("tuning.tried", [x.field for x in tuning.tried], [x.value for x in tuning.tried]),
    ):
        for name, value in zip(names, values, strict=True):
            _require(name in swept, where, "values of fields that can be swept")
            bounds = swept[name]
            _require(value in bounds, where, f"values of `{name}` {bounds.range}")
    epochs = len(history.scores)
    _require(
        0 < epochs == len(history.losses), "history.scores", "one of each epoch, as the losses"
    )
    _require(0 <= history.settled < epochs, "history.settled", f"an epoch from 0 to {epochs - 1}")
    for name in ("minus_before", "plus_before"):
        sizes = getattr(sizing, name)
        _require(len(sizes) == len(layers), f"sizing.{name}", f"of {len(layers)} layers")
        for index, (before, layer) in enumerate(zip(sizes, layers, strict=True)):
            _require_sizes(before, layer, f"sizing.{name}.{index}")


def _require(condition: bool, where: str, expected: str) -> None:
    if not condition:
        raise DamagedError(f"`{where}` must be {expected}")


def _require_both(pair: tuple[object, object], where: str, expected: str) -> None:
    """Of plus and minus cells something is known, or of neither."""
    _require((pair[0] is None) == (pair[1] is None), where, expected)


def _require_distinct(
    names: Iterable[str], where: str, expected: str = "corners that differ in more than case"
) -> None:
    """Netlists and file systems do not tell upper from lower case."""
    lowered = [name.lower() for name in names]
    _require(len(set(lowered)) == len(lowered), where, expected)


def _require_array(
    array: NDArray[np.generic],
    shape: Sequence[int],
    where: str,
    kind: type[np.generic] = np.float64,
) -> None:
    """The shape and the type of an array, and that its numbers are finite."""
    shown = " x ".join(map(str, shape))
    _require(
        array.shape == tuple(shape) and array.dtype == np.dtype(kind),
        where,
        f"an array of {shown} {np.dtype(kind).name}",
    )
    _require(bool(np.isfinite(array).all()), where, "finite")


def _require_within(array: NDArray[np.float64], bounds: Bounds, where: str) -> None:
    low, high = float(bounds.low), float(bounds.high)
    _require(bool(((array >= low) & (array <= high)).all()), where, bounds.range)


def _require_sizes(sizes: NDArray[np.float64], layer: LayerParameters, where: str) -> None:
    _require_array(sizes, (layer.width,), where)
    _require_within(sizes, _SIZE, where)
