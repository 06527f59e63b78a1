"""Networks trained through the solver against networks trained by LATIM, in ngspice.

    python -m benchmarks.equilibrium_method [--json FILE]

Compares both on `examples/mnist14.imnn` with three seeds and 200 test samples; `make data` fetches
MNIST.  Takes ten minutes or so from an empty cache.  Accuracy and energy count as no worse where
they differ by less than the standard deviation over seeds of either method.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from imnnc import api

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "mnist14.imnn"


def figures(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of each method: mean and standard deviation over seeds."""
    return {
        name: {
            "prediction_error_v": method["prediction_error_v"]["rms"],
            "accuracy_simulated": method["accuracy"]["simulated"],
            "accuracy_all_samples": method["test_set"]["circuit"],
            "energy_common_hold_j": method["energy_common_hold_j"]["rails"],
            "energy_own_hold_j": method["energy_j"]["rails"],
        }
        for name, method in found["methods"].items()
    }


def worse(ours: dict[str, float], theirs: dict[str, float], sign: int) -> bool:
    """Whether ours is worse by more than seeds differ; `sign` is 1 where more is better."""
    return sign * (theirs["mean"] - ours["mean"]) > max(ours["sd"], theirs["sd"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--json", type=Path, default=ROOT / "benchmarks" / "results" / "equilibrium_method.json"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = api.compare(
            EXAMPLE,
            folder,
            methods=("latim", "equilibrium"),
            seeds=(1, 2, 3),
            samples=200,
            reduce=True,
            on_run=lambda what, number, count: print(f"[{number}/{count}] {what}", flush=True),
        )
    found = figures(dict(comparison))
    latim, ours = found["latim"], found["equilibrium"]
    ratio = latim["prediction_error_v"]["mean"] / ours["prediction_error_v"]["mean"]
    print(f"prediction error, LATIM's over ours: {ratio:,.0f}   goal at least 100")
    for name, sign in (
        ("accuracy_simulated", 1),
        ("accuracy_all_samples", 1),
        ("energy_common_hold_j", -1),
        ("energy_own_hold_j", -1),
    ):
        mine, theirs = ours[name], latim[name]
        verdict = "worse" if worse(mine, theirs, sign) else "no worse"
        print(
            f"{name:22} {mine['mean']:.4g} ± {mine['sd']:.2g}, LATIM"
            f" {theirs['mean']:.4g} ± {theirs['sd']:.2g}: {verdict}"
        )
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
