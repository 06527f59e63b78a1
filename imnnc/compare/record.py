"""What a comparison found: the content of `compare.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from imnnc.compare.runs import Comparison, Run
from imnnc.measure.figures import ErrorFigures
from imnnc.measure.verification import AtHold, rounded
from imnnc.simulate.ngspice import ngspice_version
from imnnc.tasks import ChipsSpec
from imnnc.version import __version__

SCHEMA = 1
# Source: doi 10.1109/TCSII.2021.3072289, abstract; energies are 62 % and 53 % lower.
PUBLISHED = {
    "mnist": {"error_phax_over_latim": 14, "error_rim_over_latim": 6},
    "fashion-mnist": {"error_phax_over_latim": 29, "error_rim_over_latim": 4},
    "energy_latim_over_phax": 0.38,
    "energy_latim_over_rim": 0.47,
}


def record(comparison: Comparison) -> dict[str, Any]:
    """The figures of all methods, in SI units, to six digits.

    `test_set` has all test samples, `circuit` by exact operating points; the others are those
    that ngspice simulated.  A `score` is an accuracy, or a mean square error in V^2; `order` is
    that of the methods.
    Where all were compared on chips, `chips` are those, by the same draws for each.  Of a method
    `rim+swept` is the one whose resistor validation samples on chips have chosen, and `...+chips`
    one whose training knows chips, as the source says; the others know one circuit.
    Over the seeds of a method, `mean` and `sd`, the sample standard deviation (null with one
    seed); `sweeps` are those of the first seed.  Ratios are ratios of means.  Where no output of
    a method moves with some seed, its delay and energies are null, it is the last of `order`, and
    nothing is in ratio to it.
    """
    first = comparison.runs[0].verification.design
    samples, outputs = first.simulated_volts.shape
    found = {method: _method(comparison.of(method)) for method in comparison.methods}
    design = comparison.design
    tree = {
        "schema": SCHEMA,
        "network": design.network.name,
        "widths": list(design.network.widths),
        "data": design.data.set_name if design.data else None,
        "samples": samples,
        "outputs": outputs,
        "seeds": list(comparison.seeds),
        "order": list(comparison.methods),
        "corner": first.corner,
        "common_hold_s": comparison.common_hold_seconds,
        "transient_steps": first.dynamics.steps,
        "reduced": comparison.reduced,
        "methods": found,
        "ratios": _ratios(found),
        "published": PUBLISHED,
        "versions": {"imnnc": __version__, "ngspice": ngspice_version()},
        "source_sha256": design.source_sha256,
        **({} if comparison.chips is None else {"chips": _plan(comparison.chips)}),
    }
    content: dict[str, Any] = rounded(tree)
    return content


def _method(runs: tuple[Run, ...]) -> dict[str, Any]:
    def over(value: Callable[[Run], float | None]) -> dict[str, float | None]:
        return _statistics(value(run) for run in runs)

    measured = runs[0].verification.design
    accuracy = mse = None
    if measured.accuracy is not None:
        accuracy = {
            name: over(lambda run, name=name: getattr(run.verification.design.accuracy, name))  # type: ignore[misc]
            for name in ("predicted", "simulated", "agreement")
        }
    else:
        mse = {
            name: over(
                lambda run, name=name: getattr(run.verification.design, f"mse_{name}_v2")  # type: ignore[misc]
            )
            for name in ("predicted", "simulated")
        }
    sign = 1 if accuracy else -1
    return {
        "prediction_error_v": {
            name: over(lambda run, name=name: getattr(run.verification.design.error, name))  # type: ignore[misc]
            for name in ("rms", "mean_abs", "max")
        },
        "prediction_mse_v2": over(lambda run: run.verification.design.error.rms**2),
        "layers": [
            {
                "layer": layer.layer,
                "node": layer.node,
                "rms_v": over(lambda run, i=i: run.verification.design.layers[i].rms),  # type: ignore[misc]
            }
            for i, layer in enumerate(measured.layers)
        ],
        "accuracy": accuracy,
        "target_mse_v2": mse,
        "test_set": {
            "samples": runs[0].quantisation.samples,
            "predicted": over(lambda run: sign * run.quantisation.score_after),
            "circuit": over(lambda run: sign * run.circuit_score),
        },
        "energy_j": {
            "rails": over(lambda run: run.verification.design.dynamics.energy_rails_j),
            "all_sources": over(lambda run: run.verification.design.dynamics.energy_all_sources_j),
        },
        "energy_common_hold_j": {
            "rails": over(lambda run: None if run.hold is None else run.hold.rails_joules),
            "all_sources": over(
                lambda run: None if run.hold is None else run.hold.all_sources_joules
            ),
        },
        "at_hold": {
            "from_settled_v": _errors(runs, lambda held: held.from_settled),
            "prediction_error_v": _errors(runs, lambda held: held.error),
            "accuracy": over(
                lambda run: _held(
                    run, lambda x: None if x.accuracy is None else x.accuracy.simulated
                )
            ),
            "decided_as_settled": over(lambda run: _held(run, lambda x: x.as_settled)),
            "target_mse_v2": over(lambda run: _held(run, lambda x: x.mse_v2)),
        },
        "power_w": {
            "rails": over(lambda run: run.verification.design.dynamics.power_rails_w),
            "all_sources": over(lambda run: run.verification.design.dynamics.power_all_sources_w),
        },
        "delay_s": over(lambda run: run.delay_seconds),
        "total_inverter_size": over(lambda run: run.total_size),
        "nominal": None if runs[0].point is None else asdict(runs[0].point),
        "chosen": dict(zip(runs[0].tuning.names, runs[0].tuning.values, strict=True)),
        "sweeps": [
            {
                **{name: value for name, value in asdict(tried).items() if value is not None},
                "score": sign * tried.score,
                "predicted_score": sign * tried.predicted_score,
            }
            for tried in runs[0].tuning.tried
        ],
        **({} if runs[0].chips is None else {"chips": _chips(runs)}),
    }


def _plan(spec: ChipsSpec) -> dict[str, int]:
    return {"count": spec.count, "samples": spec.samples, "seed": spec.seed}


def _chips(runs: tuple[Run, ...]) -> dict[str, Any]:
    """What chips come to: each figure of `chips.json` over the seeds of training."""
    found = [{} if run.chips is None else run.chips for run in runs]
    name = "accuracy" if "accuracy" in found[0] else "target_mse_v2"
    reached = found[0]["yield"]
    return {
        name: {
            figure: _statistics(x[name][figure] for x in found)
            for figure in ("nominal", "mean", "tail", "worst")
        },
        "yield": None
        if reached is None
        else {
            "goal": reached["goal"],
            "share": _statistics(x["yield"]["share"] for x in found),
        },
        "power_w": {
            sources: _statistics(x["power_w"][sources]["mean"] for x in found)
            for sources in ("rails", "all_sources")
        },
    }


def _errors(
    runs: tuple[Run, ...], figures: Callable[[AtHold], ErrorFigures]
) -> dict[str, dict[str, float | None]]:
    return {
        name: _statistics(
            _held(run, lambda held, name=name: getattr(figures(held), name))  # type: ignore[misc]
            for run in runs
        )
        for name in ("rms", "max")
    }


def _held(run: Run, value: Callable[[AtHold], float | None]) -> float | None:
    """A figure of the read-out at the hold time, where there is such a time."""
    held = run.verification.design.at_hold
    return None if held is None else value(held)


def _statistics(values: Iterable[float | None]) -> dict[str, float | None]:
    """Over all seeds; of what is not measured with one of them there is no mean."""
    every = list(values)
    found = np.array([value for value in every if value is not None])
    if len(found) < len(every):
        return {"mean": None, "sd": None}
    return {
        "mean": float(found.mean()),
        "sd": float(found.std(ddof=1)) if len(found) > 1 else None,
    }


def _ratios(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Of the other methods to LATIM, where it is among them."""
    if "latim" not in found:
        return {}
    latim, ratios = found["latim"], {}
    for method, other in found.items():
        if method == "latim":
            continue
        ratios[f"error_{method}_over_latim"] = {
            "rms": _ratio(other["prediction_error_v"]["rms"], latim["prediction_error_v"]["rms"]),
            "mse": _ratio(other["prediction_mse_v2"], latim["prediction_mse_v2"]),
        }
        if None in (x["delay_s"]["mean"] for x in (latim, other)):
            # Outputs that do not move are predicted well; that is nothing to compare with.
            ratios[f"error_{method}_over_latim"] = {"rms": None, "mse": None}
        ratios[f"energy_latim_over_{method}"] = {
            name: _ratio(latim[key][sources], other[key][sources])
            for name, key, sources in (
                ("rails", "energy_j", "rails"),
                ("all_sources", "energy_j", "all_sources"),
                ("rails_common_hold", "energy_common_hold_j", "rails"),
                ("all_sources_common_hold", "energy_common_hold_j", "all_sources"),
            )
        }
    return ratios


def _ratio(above: dict[str, float | None], below: dict[str, float | None]) -> float | None:
    top, bottom = above["mean"], below["mean"]
    return top / bottom if bottom and top is not None else None
