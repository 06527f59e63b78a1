"""What a compile has come to before the simulator has its say: the content of `summary.json`.

The simulator's figures are in `verify.json`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from imnnc.artifacts.curves import VtcModels
from imnnc.artifacts.training import Quantisation, Sizing, TrainingHistory, Tuning
from imnnc.data import Scaling
from imnnc.design import Loss, Memristor, Network, Technology
from imnnc.measure.guessing import Guess
from imnnc.measure.likeness import Likeness
from imnnc.measure.verification import rounded
from imnnc.measure.wires import WireEffect
from imnnc.parasitics import Capacitances, Wires
from imnnc.physics.network import CrossbarProgram, ProgrammedCrossbar
from imnnc.physics.vtc import Curves

SUMMARY_FILE = "summary.json"


@dataclass(frozen=True)
class Compiled:
    """The artifacts that a summary is made of."""

    technology: Technology
    network: Network
    memristor: Memristor
    loss: Loss
    scaling: Scaling
    curves: VtcModels
    tuning: Tuning
    history: TrainingHistory
    sizing: Sizing
    program: CrossbarProgram
    quantisation: Quantisation
    wires: WireEffect | None
    likeness: Likeness | None  # to the model that training began at
    guess: Guess


def summarize(compiled: Compiled) -> dict[str, Any]:
    """The figures of a compile, in SI units, to six digits.

    A `score` is an accuracy, or a mean square error in V^2, as `training.score` says.
    """
    classes = compiled.loss == "cross_entropy"

    def score(value: float) -> float:
        return value if classes else -value

    technology, memristor = compiled.technology, compiled.memristor
    history, sizing, quantisation = compiled.history, compiled.sizing, compiled.quantisation
    layers = [
        _layer(crossbar, minus.sum(), plus.sum())
        for crossbar, minus, plus in zip(
            compiled.program.crossbars,
            compiled.program.size_minus,
            compiled.program.size_plus,
            strict=True,
        )
    ]
    port = compiled.network.input
    per_volt, model = memristor.parasitics.sinh_per_volt, memristor.parasitics.model
    tree = {
        "network": {
            "name": compiled.network.name,
            "input": {"name": port.name, "width": port.width},
            "layers": layers,
            "cells": sum(layer["cells"] for layer in layers),
            "inverters": sum(2 * layer["width"] for layer in layers),
            "total_size": sum(layer["size_minus"] + layer["size_plus"] for layer in layers),
        },
        "technology": {
            "name": technology.name,
            "corner": technology.corner,
            "temperature_celsius": technology.temperature_celsius,
            "supply_v": technology.supply_volts,
        },
        "memristor": {
            "name": memristor.name,
            "conductance_min_s": memristor.conductance_min_siemens,
            "conductance_max_s": memristor.conductance_max_siemens,
            "levels": memristor.levels,
            "variation": memristor.variation,
            **({} if per_volt is None else {"sinh_per_volt": per_volt}),
            **({} if model is None else {"model": asdict(model)}),
        },
        "data": _data(compiled.scaling),
        "curves": [row for model in compiled.curves.models for row in _curves(model)],
        "nominal": _nominal(compiled.curves.design),
        "tuning": [
            {
                "field": tried.field,
                "value": tried.value,
                "score": {"circuit": score(tried.score), "predicted": score(tried.predicted_score)},
                "error_v": tried.error_volts,
                "rails_power_w": tried.power_watts,
                **({} if tried.source_watts is None else {"source_power_w": tried.source_watts}),
                "chosen": tried.chosen,
            }
            for tried in compiled.tuning.tried
        ],
        "training": {
            "loss": compiled.loss,
            "score": "accuracy" if classes else "mse_v2",
            "kept_epoch": history.kept_epoch,
            "epochs": [
                {"loss": loss, "score": score(value)}
                for loss, value in zip(history.losses, history.scores, strict=True)
            ],
        },
        "sizing": {
            "size": {"before": sizing.size_before, "after": sizing.size_after},
            "rails_power_w": {"before": sizing.power_before, "after": sizing.power_after},
            "score": {"before": score(sizing.score_before), "after": score(sizing.score_after)},
        },
        "quantisation": {
            "samples": quantisation.samples,
            "score": {
                "before": score(quantisation.score_before),
                "after": score(quantisation.score_after),
            },
        },
    }
    known = compiled.guess
    tree["constant_answer"] = {
        **({} if known.answer is None else {"class": known.answer}),
        "score": score(known.score),
        "as_good": known.is_as_good(quantisation.score_after),
    }
    if compiled.likeness is not None:
        tree["model"] = compiled.likeness.to_json()
    effect = compiled.wires
    if effect is not None and compiled.program.parasitics.wires is not None:
        tree["wires"] = {
            "samples": effect.samples,
            # Of the same cells, by exact operating points
            "score": {
                "with": effect.score_with,
                "without": effect.score_without,
            },
            "layers": [
                {"name": crossbar.name, **_wires(wires), "moved_v": {"rms": rms, "max": worst}}
                for crossbar, wires, rms, worst in zip(
                    compiled.program.crossbars,
                    compiled.program.parasitics.wires,
                    effect.moved_rms_volts,
                    effect.moved_max_volts,
                    strict=True,
                )
            ],
        }
    if compiled.program.parasitics.capacitances is not None:
        tree["capacitances"] = [
            {"name": crossbar.name, **_capacitances(found)}
            for crossbar, found in zip(
                compiled.program.crossbars, compiled.program.parasitics.capacitances, strict=True
            )
        ]
    figures: dict[str, Any] = rounded(tree)
    return figures


def _data(scaling: Scaling) -> dict[str, Any]:
    """What the samples are, and how their values became voltages."""
    return {
        "source": scaling.source,
        "train": scaling.train,
        "test": scaling.test,
        "reading": scaling.reading,
        "values": {"min": scaling.low, "max": scaling.high},
        "input_v": {"min": scaling.low_volts, "max": scaling.high_volts},
        "constant_inputs": scaling.constant_inputs,
        **({} if scaling.trained_with is None else {"trained_with": scaling.trained_with}),
    }


def _nominal(curves: Curves) -> dict[str, Any] | None:
    """The operating point at which PHAX and RIM fit their curves; None for LATIM."""
    return None if curves.point is None else asdict(curves.point)


def _layer(crossbar: ProgrammedCrossbar, size_minus: float, size_plus: float) -> dict[str, Any]:
    rows, width = crossbar.ohms_plus.shape
    return {
        "name": crossbar.name,
        "inputs": rows - crossbar.biases,
        "width": width,
        "cells": 2 * rows * width,
        **({} if crossbar.formed_plus is None else {"unformed": crossbar.unformed_cells}),
        **({} if crossbar.bias_pairs is None else {"bias_pairs": crossbar.bias_pairs}),
        "size_minus": float(size_minus),
        "size_plus": float(size_plus),
    }


def _wires(wires: Wires | None) -> dict[str, Any]:
    """The wires of a crossbar, whose resistance is null where they have none."""
    found = asdict(wires or Wires())
    return {
        "row_ohm": found["row_ohms"],
        "column_ohm": found["column_ohms"],
        "driver_ohm": found["driver_ohms"],
        "layout": None if wires is None else wires.layout,
    }


def _capacitances(found: Capacitances | None) -> dict[str, float]:
    """Those of a crossbar, of a cell pitch of wire and of a cell; none where none is said."""
    return {name.replace("farads", "f"): x for name, x in asdict(found or Capacitances()).items()}


def _curves(model: Curves) -> list[dict[str, Any]]:
    """How well the curves of a corner are fitted; equilibrium fits none."""
    return [
        {
            "corner": model.corner,
            "output": output,
            "rms_v": curve.rms_error_volts,
            "max_v": curve.max_error_volts,
        }
        for output, curve in model.fits
    ]
