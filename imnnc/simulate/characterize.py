"""Measures the unit inverter of a technology with ngspice, once for all loads and sizes."""

from __future__ import annotations

import math

import jinja2
import numpy as np

from imnnc.design import Technology
from imnnc.diagnostics import fail
from imnnc.physics.network import FloatArray
from imnnc.physics.table import InverterTable
from imnnc.resources import template_environment
from imnnc.scratch import temporary_folder
from imnnc.simulate.log import log_notes
from imnnc.simulate.ngspice import NgspiceRun, ngspice_version, run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

# Between rails of +-0.25 V a bicubic spline over steps of 10, 5 and 2.5 mV is within 3, 0.2 and
# 0.01 uV of ngspice in the output of a loaded inverter (lvt90, all corners, -40 to 125 C).
STEP_VOLTS = 2.5e-3
# The cells beyond each rail: a spline is less exact in the last few cells of its grid.
MARGIN_CELLS = 8
# Where higher supplies would make the table larger than this, the step grows instead.
MAXIMUM_CELLS = 1000

# Quasi-static: far below the inverter's own bandwidth, which is some 100 MHz even at +-0.25 V.
_HERTZ = 1e5
# The points over which the capacitances are averaged resolve the inverter's steep middle.
_BIASES = 100
# The points inside that say how the currents go on outside: one more than the degree.
_ORDER = 4


def characterize(technology: Technology, *, timeout_seconds: float = 120) -> InverterTable:
    """The static currents and the capacitances of the unit inverter.

    Two runs of ngspice: a nested sweep of V_in and V_out with a voltage source at the output,
    and an ac analysis at many bias points.  The input capacitance is the average over the swing
    with the output left free, so the Miller charge is in it; the output capacitance is the
    average along V_in = -V_out.

    Fails as `copy_models` does where the technology's files are not right, with IM303 where a
    name is not, with IM304 where ngspice cannot measure it, with IM305 where a current is not
    finite, and with what `run_deck` raises where there is no working simulator.
    """
    cells = grid_cells(technology.supply_volts)
    step = 2 * technology.supply_volts / cells
    low = -technology.supply_volts - MARGIN_CELLS * step
    points = cells + 2 * MARGIN_CELLS + 1
    with temporary_folder() as workdir:
        models = model_lines(technology, workdir)
        currents = run_deck(
            _currents_deck(technology, models, step),
            workdir=workdir,
            timeout_seconds=timeout_seconds,
        )
        measured = points * (cells + 1)
        output = _vector(technology, currents, "i(vout)", measured).reshape(points, -1)
        rail = -_vector(technology, currents, "i(vdd)", measured).reshape(points, -1)
        capacitances = run_deck(
            _capacitances_deck(technology, models),
            workdir=workdir,
            timeout_seconds=timeout_seconds,
        )
        input_farads = _vector(technology, capacitances, "input_farads", 1)
        output_farads = _vector(technology, capacitances, "output_farads", 1)
    return InverterTable(
        technology=technology.name,
        corner=technology.corner,
        temperature_celsius=technology.temperature_celsius,
        supply_volts=technology.supply_volts,
        low_volts=low,
        high_volts=low + (points - 1) * step,
        output_amperes=continued(output),
        rail_amperes=continued(rail),
        input_farads=float(input_farads[0]),
        output_farads=float(output_farads[0]),
        simulator=f"ngspice {ngspice_version()}",
    )


def grid_cells(supply_volts: float) -> int:
    """The number of cells from rail to rail."""
    return min(math.ceil(2 * supply_volts / STEP_VOLTS - 1e-9), MAXIMUM_CELLS)


def _template(name: str) -> jinja2.Template:
    return template_environment("ngspice").get_template(name)


def continued(inside: FloatArray) -> FloatArray:
    """The columns from rail to rail (n, m), continued by `MARGIN_CELLS` columns on each side.

    Where V_out crosses a rail, a transistor's drain and source change places, and the curvature
    of its current jumps there in BSIM4.  A spline through points on both sides would spread the
    jump into the cells inside (2 uV in a loaded output); so the columns outside are not the
    measured ones, but those of the polynomial through the last points inside.
    """
    weights = np.array(
        [(-1) ** (k + 1) * math.comb(_ORDER, k) for k in range(_ORDER, 0, -1)], dtype=np.float64
    )
    columns = inside
    for _ in range(MARGIN_CELLS):
        before = columns[:, _ORDER - 1 :: -1] @ weights
        after = columns[:, -_ORDER:] @ weights
        columns = np.column_stack((before, columns, after))
    return columns


def _currents_deck(technology: Technology, models: tuple[str, ...], step: float) -> str:
    supply = technology.supply_volts
    return _template("currents.sp.j2").render(
        models=models,
        inverter=inverter_lines(technology, "unit", input_node="in", output_node="out"),
        supply=supply,
        step=step,
        margin=MARGIN_CELLS * step,
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
        hertz=_HERTZ,
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
