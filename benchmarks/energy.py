"""What cells left unformed save: accuracy and energy of fashion14, measured from its files.

    python -m benchmarks.energy [--quick] [--only unformed|compare] [--source FILE] [--json FILE]

Compiles `examples/fashion14.imnn` as it is, with its sweeps; then, at the hyper-parameters that
those have chosen, with each share of the hidden layer's crossbar unformed, and with one of them
chosen by validation samples.  Power and energy are ngspice's, on 100 samples; accuracy is that of
the circuit on all 10,000 test images, by exact operating points.  What is chosen is chosen before
any test image is looked at.

Then compares LATIM with the share of cells that validation samples choose against PHAX and RIM as
published, of one size and with all cells formed (`unformed off`), each with its sweeps: energy of
the rails and of all sources, each at its own hold time and all at one.  `--quick` trains for three
epochs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from imnnc import api

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"
SHARES = (0.5, 0.7, 0.8, 0.9, 0.95)
SWEPT = "unformed 70 %, 80 %, 90 %, 95 %"
_HIDDEN = "layer  hidden[hidden_units] { inverter size 1 .. 10 }"
GOALS = {"phax": 0.62, "rim": 0.53}  # how much lower LATIM's energy is, as published
_ENERGIES = ("rails", "all_sources", "rails_common_hold", "all_sources_common_hold")


def source(folder: Path, unformed: str, chosen: dict[str, float]) -> Path:
    """The example with a share of its hidden layer's cells unformed, at what sweeps have chosen."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert _HIDDEN in text
    text = text.replace(_HIDDEN, _HIDDEN.replace("10 }", f"10   {unformed} }}"))
    head, latim, rest = text.partition("train latim {")
    block, end, others = rest.partition("}")
    lines = [
        f"    {words[0]} {chosen[words[0]]:g}" if words and words[0] in chosen else line
        for line in block.split("\n")
        for words in [line.split()]
    ]
    path = folder / "net.imnn"
    path.write_text(head + latim + "\n".join(lines) + end + others, encoding="utf-8")
    return path


def measured(path: Path, out: Path, define: dict[str, str]) -> dict[str, Any]:
    """One compile: figures of the circuit."""
    compilation = api.compile(path, out, define=define, method="latim")
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    verified = compilation.verification
    evaluation = compilation.evaluate(path, define=define, prove=3, reduce=True)
    layer = summary["network"]["layers"][0]
    return {
        "unformed": layer.get("unformed", 0) / layer["cells"],
        "chosen": {x["field"]: x["value"] for x in summary["tuning"] if x["chosen"]},
        "accuracy": {
            "validation": summary["sizing"]["score"]["after"],
            "circuit_all_test": (evaluation.accuracy or {})["circuit"],
            "simulated": verified["accuracy"]["simulated"],
        },
        "prediction_error_v": verified["prediction_error_v"]["rms"],
        "power_w": verified["power_w"],
        "energy_j": verified["energy_j"],
        "delay_s": verified["delay_s"],
    }


def against_published(path: Path, out: Path, define: dict[str, str]) -> dict[str, Any]:
    """LATIM with cells unformed, PHAX and RIM with all cells formed: figures and how much lower.

    The source is one that says `unformed` of layers; PHAX and RIM are told `unformed off`.
    """
    text = path.read_text(encoding="utf-8")
    for method in GOALS:
        head = f"train {method} {{"
        assert head in text
        text = text.replace(head, f"{head}\n    unformed off")
    target = path.with_name("compared.imnn")
    target.write_text(text, encoding="utf-8")
    found = api.compare(target, out, define=define, reduce=True)
    lower = {}
    for method in GOALS:
        ratios = found["ratios"][f"energy_latim_over_{method}"]
        lower[method] = {x: None if ratios[x] is None else 1 - ratios[x] for x in _ENERGIES}
    kept = ("energy_j", "energy_common_hold_j", "power_w", "delay_s", "test_set", "chosen")
    return {
        "lower": lower,
        "goals": GOALS,
        "common_hold_s": found["common_hold_s"],
        "methods": {
            name: {key: figures[key] for key in (*kept, "prediction_error_v")}
            for name, figures in found["methods"].items()
        },
    }


def show_comparison(found: dict[str, Any]) -> None:
    """How much lower LATIM's energy is, a line a method."""
    print(f"{'LATIM below':>12} {'goal':>5} " + " ".join(f"{name:>24}" for name in _ENERGIES))
    for method, lower in found["lower"].items():
        figures = (f"{'not measured' if x is None else f'{x:.0%}':>24}" for x in lower.values())
        print(f"{method:>12} {GOALS[method]:5.0%} " + " ".join(figures))


def shares(folder: Path, define: dict[str, str]) -> dict[str, Any]:
    """Each share of the hidden layer's cells unformed, and that which validation chooses."""
    rows = {"as it is": measured(EXAMPLE, folder / "dense", define)}
    chosen = rows["as it is"]["chosen"]
    variants = {f"{share:.0%}": f"unformed {share * 100:g} %" for share in SHARES}
    for label, unformed in {**variants, "chosen": SWEPT}.items():
        path = source(folder, unformed, chosen)
        rows[label] = measured(path, folder / label, define)
    return rows


def show_shares(rows: dict[str, Any]) -> None:
    """A line a share; what it saves of all sources' power goes into the rows."""
    whole = rows["as it is"]
    print(
        f"{'unformed':>9} {'accuracy':>9} {'rails':>8} {'all':>8} {'energy, all':>12} {'saved':>6}"
    )
    for label, row in rows.items():
        saved = 1 - row["power_w"]["all_sources"] / whole["power_w"]["all_sources"]
        row["power_saved"] = saved
        print(
            f"{label:>9} {row['accuracy']['circuit_all_test']:9.2%}"
            f" {row['power_w']['rails'] * 1e6:6.1f}uW {row['power_w']['all_sources'] * 1e6:6.1f}uW"
            f" {row['energy_j']['all_sources'] * 1e15:9.1f} fJ {saved:6.0%}"
        )


def main() -> None:
    """Compile, measure, write it down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three epochs of training")
    parser.add_argument("--only", choices=("unformed", "compare"), help="one part alone")
    parser.add_argument(
        "--source", type=Path, help="what is compared, in place of fashion14: cells unformed in it"
    )
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/energy.json"))
    arguments = parser.parse_args()
    define = {"passes": "3"} if arguments.quick else {}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.only != "compare":
            found["unformed"] = shares(folder, define)
            show_shares(found["unformed"])
        if arguments.only != "unformed":
            path = arguments.source
            if path is None:
                path = source(folder, SWEPT, {})
            elif path.parent != folder:
                path = Path(shutil.copy(path, folder))
            found["compare"] = against_published(path, folder / "compare", define)
            show_comparison(found["compare"])
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
