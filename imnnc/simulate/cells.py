"""Measures the cells of a user's model with ngspice: what they carry, and by which number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imnnc.design import Memristor, Technology
from imnnc.diagnostics import CompileError, fail
from imnnc.parasitics import CellModel, CellSource
from imnnc.physics.law_fit import LawFit, fit_law, volts_between
from imnnc.physics.network import FloatArray
from imnnc.resources import template_environment
from imnnc.scratch import temporary_folder
from imnnc.simulate.bench import Bench
from imnnc.simulate.log import log_notes
from imnnc.units import engineering

# A cell is at most between two nodes at opposite rails.
_STEPS = 80  # from 0 V to there
_CONDUCTANCES = 5  # from the least to the largest
# Of the largest voltage: what the solver takes for granted, and what a fit may leave.
_TOLERANCE = 1e-3
_WORST_FIT = 1e-2
# What a model's number has to be multiplied by is 1 where it is that to within this.
_NEAR_ONE = 1e-6
_POWERS = "in ngspice `v**3` is that of the magnitude: write `v*v*v`"
_MOST_BENT = 5  # b times the voltage of a rail, as of a law in the source


@dataclass(frozen=True)
class MeasuredCells:
    """What cells are, and by how many volts any is not what the solver has for it, at most."""

    model: CellModel
    off_volts: float


@dataclass(frozen=True)
class _Currents:
    """Of each conductance (G, P): into the row, and where both ends move, into it and out."""

    grounded: FloatArray
    floating: FloatArray
    out: FloatArray


def measure_cells(
    technology: Technology,
    memristor: Memristor,
    model: CellSource,
    *,
    with_leaks: bool,
    timeout_seconds: float = 120,
) -> MeasuredCells:
    """What the cells of a memristor carry between -2 V_S and 2 V_S, over its conductances.

    With `with_leaks` also that of a cell that is not formed.  The model's number is taken to be
    proportional to the conductance at 0 V, or to the resistance; by what factor is measured first.

    Fails with IM308 where cells are none that the solver can have: their currents must be odd,
    rising, in proportion to the conductance and of the voltage across alone.  Fails as
    `model_lines`, `stage` and `run_circuit` do.
    """
    low, high = memristor.conductance_min_siemens, memristor.conductance_max_siemens
    siemens = np.geomspace(low, high, _CONDUCTANCES)
    if with_leaks:
        siemens = np.array([memristor.unformed_siemens, *siemens])
    reach = 2 * technology.supply_volts
    volts = np.linspace(-reach, reach, 2 * _STEPS + 1)
    with temporary_folder() as scratch:
        bench = _CellBench(Bench(technology, scratch, timeout_seconds), model, volts)
        first = bench.currents(siemens[-1:], 1.0)
        _check(model, first, siemens[-1:], volts)
        factor = fit_law(volts, _odd(first.grounded[0])).siemens / high
        found = bench.currents(siemens, factor)
    _check(model, found, siemens, volts)
    shapes = _odd(found.grounded / siemens[:, None])
    mean = shapes.mean(0)
    _check_proportion(model, shapes, mean, siemens, volts)
    fit = fit_law(volts, mean)
    off = max(fit.off_volts(volts, x) for x in found.grounded / siemens[:, None])
    _check_fit(model, fit, off, technology.supply_volts)
    factor *= fit.siemens
    if abs(factor - 1) < _NEAR_ONE:
        factor = 1.0
    # A conductance is divided by what its number makes of it, a resistance multiplied.
    number = 1 / factor if model.quantity == "conductance" else factor
    return MeasuredCells(
        CellModel(
            model.subcircuit, model.parameter, model.quantity, float(f"{number:.9g}"), fit.sines
        ),
        off,
    )


class _CellBench:
    def __init__(self, bench: Bench, model: CellSource, volts: FloatArray) -> None:
        self._bench = bench
        self._model = model
        self._volts = volts
        self._runs = 0

    def currents(self, siemens: FloatArray, factor: float) -> _Currents:
        """Of cells whose number makes `factor` times what it says of the conductance."""
        wanted = siemens / factor
        values = wanted if self._model.quantity == "conductance" else 1 / wanted
        deck = template_environment("ngspice").get_template("cells.sp.j2")
        text = deck.render(
            models=self._bench.models,
            model=self._model,
            values=[f"{x:.17g}" for x in values.tolist()],
        )
        names = [f"{name}_{k}" for name in ("at", "row", "column") for k in range(len(values))]
        step, last = self._volts[1] - self._volts[0], self._volts[-1]
        sweep = f"dc Vacross {-last} {last + step / 2} {step}"
        write = f"write result.raw {' '.join(f'i(V{name})' for name in names)}"
        self._runs += 1
        run = self._bench.run(f"cells_{self._runs}", text, (sweep, write))
        vectors = [run.vectors.get(f"i(v{name})") for name in names]
        complete = [x.real for x in vectors if x is not None and len(x) == len(self._volts)]
        if run.errors or len(complete) != len(names):
            raise _refusal(self._model, "ngspice could not measure it", list(log_notes(run.log)))
        grounded, floating, out = np.array(complete, dtype=np.float64).reshape(
            3, len(values), len(self._volts)
        )
        return _Currents(grounded, floating, out)


def _check(model: CellSource, found: _Currents, siemens: FloatArray, volts: FloatArray) -> None:
    """Fail with IM308 unless currents are odd, rising and of the voltage across alone."""
    grounded = found.grounded
    if not all(np.isfinite(x).all() for x in (grounded, found.floating, found.out)):
        raise _refusal(model, "a current is not a finite number")
    allowed = _TOLERANCE * volts[-1]
    for row, conductance in zip(grounded, siemens.tolist(), strict=True):
        cell = f"a cell of {engineering(conductance, 'S')}"
        falls = np.flatnonzero(np.diff(row) <= 0)
        if len(falls):
            at = float(volts[falls[-1] + 1])
            raise _refusal(
                model,
                f"the current of {cell} must rise with the voltage across it, it does not at"
                f" {engineering(at, 'V')}",
                [_POWERS],
            )
        off = volts_between(volts, row, -row[::-1])
        if off.max() > allowed:
            at = int(np.argmax(off))
            raise _refusal(
                model,
                f"{cell} must carry as much either way, it carries"
                f" {engineering(float(row[at]), 'A')} at {engineering(float(volts[at]), 'V')} and"
                f" {engineering(float(row[-1 - at]), 'A')} at"
                f" {engineering(float(volts[-1 - at]), 'V')}",
                [_POWERS],
            )
    alone = "a cell has two pins and nothing else to take from or to give to"
    if (volts_between(volts, grounded, found.floating) > allowed).any():
        reason = "what it carries must be of the voltage across it alone, wherever its ends are"
        raise _refusal(model, reason, [alone])
    if (volts_between(volts, grounded, found.out) > allowed).any():
        reason = "what goes in at its first pin must come out at its second"
        raise _refusal(model, reason, [alone])


def _check_proportion(
    model: CellSource,
    shapes: FloatArray,
    mean: FloatArray,
    siemens: FloatArray,
    volts: FloatArray,
) -> None:
    """Fail with IM308 unless currents over conductances are one curve."""
    off = volts_between(volts, np.broadcast_to(mean, shapes.shape), shapes).max(1)
    if off.max() <= _TOLERANCE * volts[-1]:
        return
    worst = int(np.argmax(off))
    share = float(np.abs(shapes[worst]).max() / np.abs(shapes[-1]).max())
    raise _refusal(
        model,
        f"its current must be in proportion to its {model.quantity}, at"
        f" {engineering(float(siemens[worst]), 'S')} it is {share:.3g} times what it would be in"
        f" proportion to that at {engineering(float(siemens[-1]), 'S')}",
    )


def _check_fit(model: CellSource, fit: LawFit, off: float, supply_volts: float) -> None:
    """Fail with IM308 where a law cannot be written in sines, or bends beyond the solver."""
    allowed = _WORST_FIT * 2 * supply_volts
    if off > allowed:
        raise _refusal(
            model,
            "its current must be a sum of hyperbolic sines to within"
            f" {engineering(allowed, 'V')} of the voltage across it, the best is"
            f" {engineering(off, 'V')} off",
            ["what has a threshold or a kink is none"],
        )
    if len(fit.sines) == 1 and fit.sines[0].per_volt * supply_volts > _MOST_BENT:
        raise _refusal(
            model,
            f"it must bend less: it carries sinh({fit.sines[0].per_volt:.4g} V / 1 V), at most"
            f" {_MOST_BENT / supply_volts:.4g} can be solved between these rails",
        )


def _odd(currents: FloatArray) -> FloatArray:
    """The odd part along the last axis."""
    return np.asarray((currents - currents[..., ::-1]) / 2)


def _refusal(model: CellSource, reason: str, notes: list[str] | None = None) -> CompileError:
    return fail(
        "IM308",
        f"subcircuit `{model.subcircuit}` cannot be a cell: {reason}",
        model.span,
        notes=notes or [],
        help="`imnnc explain IM308` says what a cell must be",
    )
