"""What cells left unformed save: accuracy and energy of fashion14, measured from its files.

    python -m benchmarks.energy [--quick] [--json FILE]

Compiles `examples/fashion14.imnn` as it is, with its sweeps; then, at the hyper-parameters that
those have chosen, with each share of the hidden layer's crossbar unformed, and with one of them
chosen by validation samples.  Power and energy are ngspice's, on 100 samples; accuracy is that of
the circuit on all 10,000 test images, by exact operating points.  What is chosen is chosen before
any test image is looked at.  `--quick` trains for three epochs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from imnnc import api

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"
SHARES = (0.5, 0.7, 0.8, 0.9, 0.95)
SWEPT = "unformed 70 %, 80 %, 90 %, 95 %"
_HIDDEN = "layer  hidden[hidden_units] { inverter size 1 .. 10 }"


def source(folder: Path, unformed: str, chosen: dict[str, float], quick: bool) -> Path:
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


def main() -> None:
    """Compile, measure, write it down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="three epochs of training")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/energy.json"))
    arguments = parser.parse_args()
    define = {"passes": "3"} if arguments.quick else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = {"as it is": measured(EXAMPLE, folder / "dense", define)}
        chosen = rows["as it is"]["chosen"]
        variants = {f"{share:.0%}": f"unformed {share * 100:g} %" for share in SHARES}
        for label, unformed in {**variants, "chosen": SWEPT}.items():
            path = source(folder, unformed, chosen, arguments.quick)
            rows[label] = measured(path, folder / label, define)
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
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
