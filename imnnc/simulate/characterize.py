"""Measures the unit inverter of a technology with ngspice, once for all loads and sizes."""

from __future__ import annotations

import math

import jinja2
import numpy as np

from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.physics.grid import MARGIN_CELLS, continued, grid_cells
from imnnc.physics.network import FloatArray
from imnnc.physics.table import DeviceTable, InverterTable
from imnnc.resources import template_environment
from imnnc.scratch import temporary_folder
from imnnc.simulate.bench import Bench
from imnnc.simulate.log import log_notes
from imnnc.simulate.ngspice import NgspiceRun, ngspice_version
from imnnc.simulate.transistors import inverter_lines

# Quasi-static: far below the inverter's own bandwidth, which is some 100 MHz even at +-0.25 V.
_HERTZ = 1e5
# The points over which the capacitances are averaged resolve the inverter's steep middle.
_BIASES = 100


def characterize(technology: Technology, *, timeout_seconds: float = 120) -> InverterTable:
    """The static currents and the capacitances of the unit inverter.

    Two runs of ngspice: a nested sweep of V_in and V_out with a voltage source at the output,
    and an ac analysis at many bias points.  The input capacitance is the average over the swing
    with the output left free, so the Miller charge is in it; the output capacitance is the
    average along V_in = -V_out.

    Fails as `copy_models` does where the technology's files are not right, with IM303 where a
    name is not, with IM304 where ngspice cannot measure it, with IM305 where a current is not
    finite, and with what `stage` and `run_circuit` raise where the models hold what no circuit
    needs, or where there is no working simulator.
    """
    cells = grid_cells(technology.supply_volts)
    step = 2 * technology.supply_volts / cells
    low = -technology.supply_volts - MARGIN_CELLS * step
    with temporary_folder() as scratch:
        bench = Bench(technology, scratch, timeout_seconds)
        output, rail = _currents(technology, bench, step, MARGIN_CELLS)
        capacitances = bench.run(
            "capacitances", _capacitances_deck(technology, bench.models), _CHARGES
        )
        input_farads = _vector(technology, capacitances, "input_farads", 1)
        output_farads = _vector(technology, capacitances, "output_farads", 1)
    return InverterTable(
        technology=technology.name,
        corner=technology.corner,
        temperature_celsius=technology.temperature_celsius,
        supply_volts=technology.supply_volts,
        low_volts=low,
        high_volts=low + (output.shape[1] - 1) * step,
        output_amperes=output,
        rail_amperes=rail,
        input_farads=float(input_farads[0]),
        output_farads=float(output_farads[0]),
        simulator=f"ngspice {ngspice_version()}",
    )


def characterize_devices(
    technology: Technology, reach_volts: float, *, timeout_seconds: float = 120
) -> DeviceTable:
    """The static currents of the unit inverter's two transistors, over gates beyond the rails.

    As `characterize`, with V_in up to `reach_volts` beyond either rail: that is where the gate of
    a transistor is whose threshold differs so much.  Fails as that does.
    """
    step = 2 * technology.supply_volts / grid_cells(technology.supply_volts)
    margin = MARGIN_CELLS + math.ceil(reach_volts / step)
    low = -technology.supply_volts - MARGIN_CELLS * step
    with temporary_folder() as scratch:
        bench = Bench(technology, scratch, timeout_seconds)
        output, rail = _currents(technology, bench, step, margin)
    return DeviceTable(
        technology=technology.name,
        corner=technology.corner,
        temperature_celsius=technology.temperature_celsius,
        supply_volts=technology.supply_volts,
        low_volts=low,
        high_volts=low + (output.shape[1] - 1) * step,
        gate_low_volts=-technology.supply_volts - margin * step,
        pull_up_amperes=rail,
        pull_down_amperes=rail - output,  # Kirchhoff: the rest of what comes from +V_S
        simulator=f"ngspice {ngspice_version()}",
    )


def _currents(
    technology: Technology, bench: Bench, step: float, margin: int
) -> tuple[FloatArray, FloatArray]:
    """Out of the output, and from +V_S, over V_in with `margin` cells beyond rails, and V_out."""
    cells = grid_cells(technology.supply_volts)
    points = cells + 2 * margin + 1
    found = bench.run(
        "currents", _currents_deck(technology, bench.models), _sweep(technology, step, margin)
    )
    measured = points * (cells + 1)
    output = _vector(technology, found, "i(vout)", measured).reshape(points, -1)
    rail = -_vector(technology, found, "i(vdd)", measured).reshape(points, -1)
    return continued(output), continued(rail)


def _template(name: str) -> jinja2.Template:
    return template_environment("ngspice").get_template(name)


def _sweep(technology: Technology, step: float, margin: int) -> tuple[str, str]:
    """Commands for the currents over V_out and V_in, the first of which varies fastest.

    Both go half a step further than they have to, so that rounding cannot lose the last point.
    """
    inside, beyond = technology.supply_volts, margin * step
    outputs = f"{-inside} {inside + step / 2} {step}"
    inputs = f"{-inside - beyond} {inside + beyond + step / 2} {step}"
    return (f"dc Vout {outputs} Vin {inputs}", "write result.raw i(Vout) i(Vdd)")


# One source drives all copies, so that its current is the sum over the bias points.
_CHARGES = (
    f"let radians_per_second = 2 * pi * {_HERTZ}",
    f"ac lin 1 {_HERTZ} {_HERTZ}",
    "alter Vinputs ac = 0",
    "alter Voutputs ac = 1",
    f"ac lin 1 {_HERTZ} {_HERTZ}",
    "setplot new",
    *(
        f"let {name} = -imag({plot}.{source}#branch) / (const.radians_per_second * {_BIASES})"
        for name, plot, source in (
            ("input_farads", "ac1", "Vinputs"),
            ("output_farads", "ac2", "Voutputs"),
        )
    ),
    "write result.raw input_farads output_farads",
)


def _currents_deck(technology: Technology, models: tuple[str, ...]) -> str:
    return _template("currents.sp.j2").render(
        models=models,
        inverter=inverter_lines(technology, "unit", input_node="in", output_node="out"),
        supply=technology.supply_volts,
    )


def _capacitances_deck(technology: Technology, models: tuple[str, ...]) -> str:
    supply = technology.supply_volts
    return _template("capacitances.sp.j2").render(
        models=models,
        free=[
            inverter_lines(technology, f"free_{k}", input_node=f"in_{k}", output_node=f"out_{k}")
            for k in range(_BIASES)
        ],
        held=[
            inverter_lines(
                technology, f"held_{k}", input_node=f"gate_{k}", output_node=f"drain_{k}"
            )
            for k in range(_BIASES)
        ],
        # The midpoints of equal parts of the swing, for a mean that is an integral.
        biases=(supply * ((2 * np.arange(_BIASES) + 1) / _BIASES - 1)).tolist(),
        supply=supply,
    )


def _vector(technology: Technology, run: NgspiceRun, name: str, length: int) -> FloatArray:
    """A measured vector, checked: ngspice's own verdict on a run means nothing."""
    vector = run.vectors.get(name)
    if run.errors or vector is None or len(vector) != length:
        raise fail(
            "IM304",
            f"ngspice must measure the inverter of technology `{technology.name}`, "
            f"it gave no `{name}`",
            technology.span,
            notes=log_notes(run.log),
            help="check the device names, the terminals, the prefix and the length unit",
        )
    values = np.ascontiguousarray(vector.real, dtype=np.float64)
    if not np.isfinite(values).all():
        raise fail(
            "IM305",
            f"every current of the inverter of technology `{technology.name}` must be finite, "
            f"{np.count_nonzero(~np.isfinite(values))} of {length} are not",
            technology.span,
        )
    return values
