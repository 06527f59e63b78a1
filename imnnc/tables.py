"""Results as small tables of text, for standard output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.compare.markdown import chip_rows
from imnnc.report.likeness import as_the_model
from imnnc.report.pulses import pulses_text
from imnnc.units import engineering

if TYPE_CHECKING:
    from imnnc.api import Compilation
    from imnnc.engine.run import Timing
    from imnnc.engine.store import Usage
    from imnnc.physics.table import InverterTable
    from imnnc.physics.transfer import CornerCurves

_NOT_MEASURED = "not measured"


def compilation(compiled: Compilation) -> str:
    """What a compile has come to: the figures of its verification, and its files."""
    unchanged = "" if compiled.changed else ", unchanged"
    *measured, simulated = _figures(compiled.verification)
    chips_ = _chips(compiled.chips, compiled.out)
    files = ("files", f"{len(compiled.manifest['files'])} in {compiled.out}{unchanged}")
    return columns([*measured, chips_, *_found(compiled.summary), simulated, files])


def verification(measured: Mapping[str, Any]) -> str:
    """What a verification has measured; see `verify.json`."""
    return columns(_figures(measured))


def comparison(found: Mapping[str, Any], out: Path) -> str:
    """The figures of a comparison, a column a method, and its ratios."""
    methods = found["methods"]

    def row(name: str, figure: Callable[[Mapping[str, Any]], str]) -> tuple[str, ...]:
        return (name, *(figure(method) for method in methods.values()))

    def volts(kind: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda x: engineering(x["prediction_error_v"][kind]["mean"], "V")

    rows = [
        ("", *(name.upper() for name in methods)),
        row("error rms", volts("rms")),
        row("error max", volts("max")),
    ]
    if next(iter(methods.values()))["accuracy"]:
        rows += [
            row("simulated", lambda x: f"{x['accuracy']['simulated']['mean']:.1%}"),
            row("predicted", lambda x: f"{x['accuracy']['predicted']['mean']:.1%}"),
        ]
    else:
        rows.append(
            row("mse simulated", lambda x: f"{x['target_mse_v2']['simulated']['mean']:.3g} V²")
        )

    def energy(key: str, sources: str) -> Callable[[Mapping[str, Any]], str]:
        return lambda x: _measured(x[key][sources]["mean"], "J")

    own, common = "energy_j", "energy_common_hold_j"
    hold = _measured(found["common_hold_s"], "s")
    rows += [
        row("rails energy", energy(own, "rails")),
        row(f"in {hold}", energy(common, "rails")),
        row("all sources", energy(own, "all_sources")),
        row(f"in {hold}", energy(common, "all_sources")),
        row("delay", lambda x: _measured(x["delay_s"]["mean"], "s")),
        row(
            "from settled",
            lambda x: _measured(x["at_hold"]["from_settled_v"]["rms"]["mean"], "V"),
        ),
        row("total size", lambda x: f"{x['total_inverter_size']['mean']:.4g}"),
        *chip_rows(methods),
    ]
    widths = [max(len(line[i]) for line in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in rows)
    table = "".join(f"{line}\n" for line in lines)
    ratios = [
        (name.replace("_", " "), _NOT_MEASURED if ratio is None else f"{ratio:.3g}")
        for name, values in found["ratios"].items()
        for ratio in [values["rms"] if "rms" in values else values["rails"]]
    ]
    return table + columns([*ratios, ("files", f"compare.json, .md and .svg in {out}")])


def _chips(found: Mapping[str, Any] | None, out: Path) -> tuple[str, str]:
    """What chips are worth whose transistors differ, beside the circuit whose are all alike."""
    if found is None:
        return "chips", "nothing is known of how they differ: `imnnc explain IM333`"
    score = found["accuracy"] if "accuracy" in found else found["target_mse_v2"]
    shown, tail = chip_score(found)
    return (
        "chips",
        f"{shown(score['mean'])} the mean of {found['chips']}, {tail} {shown(score['tail'])}"
        f" (`imnnc chips {out} --data NET.IMNN` says why)",
    )


def chip_score(found: Mapping[str, Any]) -> tuple[Callable[[float], str], str]:
    """How the score of a chip is shown, and what its tail is called."""
    if "accuracy" in found:
        return lambda x: f"{x:.1%}", "one in twenty below"
    return lambda x: f"{x:.3g} V²", "one in twenty above"


def evaluation(found: Mapping[str, Any]) -> str:
    """What a network does on all samples; see `evaluate.json`."""
    rounds = f"operating points in {found['rounds']} rounds at most"
    rows = [("samples", f"{found['samples']}, {rounds}")]
    if accuracy := found["accuracy"]:
        rows.append(
            (
                "accuracy",
                f"{accuracy['circuit']:.2%} of the circuit, {accuracy['predicted']:.2%} predicted"
                f" by {found['method']}, {accuracy['agreement']:.2%} agree",
            )
        )
    if mse := found["target_mse_v2"]:
        rows.append(
            (
                "target mse",
                f"{mse['circuit']:.3g} V² of the circuit, {mse['predicted']:.3g} predicted by"
                f" {found['method']}",
            )
        )
    error = found["prediction_error_v"]
    rows.append(
        (
            "prediction",
            f"{engineering(error['rms'], 'V')} rms, {engineering(error['max'], 'V')} max",
        )
    )
    for name, power in found["power_w"].items():
        low, high = engineering(power["min"], "W"), engineering(power["max"], "W")
        rows.append(
            (
                "power, rails" if name == "rails" else "all sources",
                f"{engineering(power['mean'], 'W')} ± {engineering(power['sd'], 'W')},"
                f" {low} to {high}",
            )
        )
    if found.get("without_leaks"):
        rows.append(("no leaks", "cells that are not formed are left out, as in the netlist"))
    if proof := found["ngspice"]:
        rows.append(
            (
                "ngspice",
                f"{proof['samples']} samples, {engineering(proof['error_v']['rms'], 'V')} rms at"
                f" the read-out, {engineering(proof['worst_node_v'], 'V')} at the worst node,"
                f" {'within' if proof['passed'] else 'not within'}"
                f" {engineering(proof['limit_v'], 'V')}"
                f"{', the first crossbar reduced' if proof.get('reduced') else ''}",
            )
        )
    return columns(rows)


def _figures(measured: Mapping[str, Any]) -> list[tuple[str, str]]:
    tolerance = measured["tolerance_v"]
    rows = [("error", _error(measured, tolerance))]
    if accuracy := measured["accuracy"]:
        rows.append(
            (
                "accuracy",
                f"{accuracy['simulated']:.1%} simulated, {accuracy['predicted']:.1%} predicted, "
                f"{accuracy['agreement']:.1%} agree",
            )
        )
    if noise := measured.get("thermal_noise_v"):
        rows.append(("noise", _noise(noise)))
    if mse := measured["target_mse_v2"]:
        rows.append(
            ("target mse", f"{mse['simulated']:.3g} V² simulated, {mse['predicted']:.3g} predicted")
        )
    for corner in measured["corners"]:
        rows.append((f"at {corner['corner']}", _error(corner, tolerance) + _score(corner)))
    if moved := measured.get("leaks_move_v"):
        rows.append(
            (
                "no leaks",
                "the netlist has only cells that are formed; leaks of the others move the read-out"
                f" by {engineering(moved['rms'], 'V')} rms, {engineering(moved['max'], 'V')} max",
            )
        )
    power, energy = measured["power_w"], measured["energy_j"]
    rows.append(("power", _two(power, "W")))
    if why := measured.get("not_measured"):
        rows += [("energy", f"{_NOT_MEASURED}: {why}"), ("delay", f"{_NOT_MEASURED}: {why}")]
    else:
        rows += [
            ("energy", f"{_two(energy, 'J')}, an inference"),
            ("delay", engineering(measured["delay_s"], "s") + _worst(measured)),
        ]
        if (seconds := measured.get("delay_estimated_s")) is not None:
            rows.append(("estimated", f"{engineering(seconds, 's')} of delay, no simulator asked"))
    if held := measured.get("at_hold"):
        rows += _at_hold(held)
    rows.append(
        (
            "simulated",
            f"{measured['samples']} samples, corner {measured['corner']}, "
            f"{measured['simulator']['name']} {measured['simulator']['version']}",
        )
    )
    return rows


def _error(corner: Mapping[str, Any], tolerance: float) -> str:
    """The prediction error at a corner, and whether it is within the tolerance there."""
    error = corner["prediction_error_v"]
    verdict = "within" if error["rms"] <= tolerance else "not within"
    return (
        f"{engineering(error['rms'], 'V')} rms, {engineering(error['max'], 'V')} max, "
        f"{verdict} {engineering(tolerance, 'V')}"
    )


def _noise(found: Mapping[str, Any]) -> str:
    """Thermal noise at the read-out, and how many decisions it leaves open."""
    volts = f"{engineering(found['rms'], 'V')} rms, {engineering(found['max'], 'V')} max, thermal"
    if (undecided := found["open_decisions"]) is None:
        return volts
    return f"{volts}; {undecided} of {found['samples']} decisions within two deviations of it"


def _worst(measured: Mapping[str, Any]) -> str:
    """Between which samples the delay is, and of how many transitions it is the worst."""
    worst = measured.get("worst_transition")
    if worst is None:
        return ""
    return (
        f", sample {worst['from_sample']} to {worst['to_sample']} at output {worst['output']}:"
        f" worst of {worst['simulated']} chosen of {worst['possible']}"
    )


def _at_hold(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a sample every hold time does to the read-out."""
    away = held["from_settled_v"]
    if accuracy := held["accuracy"]:
        score = (
            f"{accuracy['simulated']:.1%} simulated, {held['decided_as_settled']:.1%} decided as"
            " settled"
        )
    else:
        score = f"mse {held['target_mse_v2']:.3g} V²"
    return [
        (
            "at hold",
            f"{engineering(away['rms'], 'V')} rms, {engineering(away['max'], 'V')} max, from where"
            " outputs settle",
        ),
        ("streamed", f"{held['samples']} samples, {score}"),
    ]


def _score(corner: Mapping[str, Any]) -> str:
    """What the simulated circuit is worth at a corner besides the design's."""
    if accuracy := corner["accuracy"]:
        return f"; {accuracy['simulated']:.1%} simulated"
    if mse := corner["target_mse_v2"]:
        return f"; mse {mse['simulated']:.3g} V²"
    return ""


def _found(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the compile itself has found; see `summary.json`."""
    size, power = summary["sizing"]["size"], summary["sizing"]["rails_power_w"]
    watts = " -> ".join(engineering(power[x], "W") for x in ("before", "after"))
    quantisation, levels = summary["quantisation"], summary["memristor"]["levels"]
    scores = quantisation["score"]
    if summary["training"]["score"] == "accuracy":
        predicted = f"{scores['before']:.2%} -> {scores['after']:.2%}"
    else:
        predicted = f"{scores['before']:.3g} -> {scores['after']:.3g} V²"
    device = f"{levels} levels" if levels else "continuous"
    curves = "none, the inverter's own table"
    if summary["curves"]:
        rms, worst = (max(x[key] for x in summary["curves"]) for key in ("rms_v", "max_v"))
        curves = f"{engineering(rms, 'V')} rms, {engineering(worst, 'V')} max, of the fit"
    return [
        ("sizes", f"{size['before']:.4g} -> {size['after']:.4g} in all, {watts} rails, estimated"),
        ("levels", f"{predicted} predicted of {quantisation['samples']} samples, {device}"),
        *[("as the model", as_the_model(found)) for found in [summary.get("model")] if found],
        *_wires(summary),
        ("curves", curves),
        *(("pulses", pulses_text(x)) for x in (summary.get("pulses"),) if x),
        *(
            (
                "unformed",
                f"{layer['unformed'] / layer['cells']:.1%} of the cells of {layer['name']}",
            )
            for layer in summary.get("network", {}).get("layers", ())
            if "unformed" in layer
        ),
    ]


def _wires(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the wires of crossbars do, where they have resistance."""
    if "wires" not in summary:
        return []
    found = summary["wires"]
    moved = [layer["moved_v"] for layer in found["layers"]]
    rms, worst = (max(x[which] for x in moved) for which in ("rms", "max"))
    shown = "{:.2%}" if summary["training"]["score"] == "accuracy" else "{:.3g} V²"
    scores = [shown.format(found["score"][x]) for x in ("with", "without")]
    return [
        (
            "wires",
            f"columns move {engineering(rms, 'V')} rms, {engineering(worst, 'V')} max;"
            f" {scores[0]} with them, {scores[1]} without, of {found['samples']} samples",
        )
    ]


def timings(passes: Iterable[Timing]) -> str:
    """How long each pass took; those that did not run took that long when they did."""
    return columns(
        [(x.name, f"{x.seconds:9.3f} s{'  (cached)' if x.cached else ''}") for x in passes]
    )


def usage(cache: Usage) -> str:
    """Where the cache is and what it holds."""
    return columns(
        [
            ("folder", str(cache.folder)),
            ("entries", str(cache.entries)),
            ("size", f"{cache.total_bytes / 1e6:.1f} MB of {cache.limit_bytes / 1e6:.0f} MB"),
        ]
    )


def inverter(measured: InverterTable, files: Sequence[Path]) -> str:
    """The unit inverter of a technology at one corner, and where it was written to."""
    largest = float(abs(measured.output_amperes).max())
    return columns(
        [
            ("technology", f"{measured.technology}, corner {measured.corner}"),
            ("temperature", f"{measured.temperature_celsius:g} C"),
            ("supply", f"±{engineering(measured.supply_volts, 'V')}"),
            ("grid", " x ".join(map(str, measured.output_amperes.shape))),
            ("largest current", engineering(largest, "A")),
            ("input", engineering(measured.input_farads, "F")),
            ("output", engineering(measured.output_farads, "F")),
            ("simulator", measured.simulator),
            *(("written to", str(path)) for path in files),
        ]
    )


def transfer(found: Sequence[CornerCurves], files: Sequence[Path]) -> str:
    """What transfer curves have come to, a line a corner; gains and powers are of one unit."""
    units = [curve for curve in found[0].curves if curve.size == found[0].curves[0].size]
    loads = [curve.load_siemens for curve in units]
    head = ["corner", "threshold", "power"]
    head += [f"gain at {engineering(x, 'S')}" if x else "gain" for x in loads]
    rows = [head]
    for corner in found:
        curves = [corner.curve(units[0].size, load) for load in loads]
        rows.append(
            [
                corner.corner,
                engineering(corner.threshold_volts, "V"),
                engineering(curves[0].peak_watts, "W"),
                *(f"{curve.gain:.3g}" for curve in curves),
            ]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    written = [f"written to {' and '.join(map(str, files))}"] if files else []
    return "\n".join([*lines, *written]) + "\n"


def _two(figure: Mapping[str, float], unit: str) -> str:
    rails, everything = figure["rails"], figure["all_sources"]
    return f"{engineering(rails, unit)} rails, {engineering(everything, unit)} all sources"


def _measured(value: float | None, unit: str) -> str:
    return _NOT_MEASURED if value is None else engineering(value, unit)


def columns(rows: list[tuple[str, str]]) -> str:
    """Two aligned columns."""
    width = max((len(name) for name, _ in rows), default=0)
    return "".join(f"{name:{width}}  {value}\n" for name, value in rows)
