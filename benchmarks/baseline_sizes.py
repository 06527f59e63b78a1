"""PHAX and RIM with smaller inverters than the published ones: what that costs them.

    python -m benchmarks.baseline_sizes [--example mnist14] [--json FILE]

Trains both at sizes 1, 2, 3 and 5 as the example says (first values of its sweeps, RIM with four
times the inverter's own resistance), and judges the circuits by their exact operating points on
validation samples, as sweeps do.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from imnnc.data import load_dataset
from imnnc.lang import load_design
from imnnc.methods import phax, rim
from imnnc.methods.training import split_validation
from imnnc.methods.tuning import Trial, judge
from imnnc.physics.tanh_fit import fit_tanh_pair
from imnnc.simulate.characterize import characterize

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1.0, 2.0, 3.0, 5.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--example", default="mnist14")
    parser.add_argument(
        "--json", type=Path, default=ROOT / "benchmarks" / "results" / "baseline_sizes.json"
    )
    arguments = parser.parse_args()
    source = ROOT / "examples" / f"{arguments.example}.imnn"
    rows: list[dict[str, Any]] = []
    for method, points in (("phax", phax.nominal_points), ("rim", rim.nominal_points)):
        design = load_design(source, method=method)
        assert design.data is not None
        spec = design.train
        data = load_dataset(design.data, design.network, spec.loss, spec.seed).dataset
        training, held = split_validation(
            data.train_inputs, data.train_targets, spec.validation, spec.seed
        )
        table = characterize(design.technology)
        for size in SIZES:
            now = replace(spec, size=size, sweeps=())
            trial = Trial(
                design.network,
                design.memristor,
                table,
                fit_tanh_pair(table, points(now, table)[0]),
                now,
            )
            with tempfile.TemporaryDirectory() as folder:
                found = judge(trial, training, held, Path(folder) / "checkpoint.pt")
            rows.append({"method": method, "size": size, **asdict(found)})
            print(
                f"{method:5} size {size:g}: circuit {found.score:.2%}, predicted"
                f" {found.predicted_score:.2%}, error {found.error_volts * 1e3:.1f} mV RMS,"
                f" rails {found.power_watts * 1e6:.0f} uW",
                flush=True,
            )
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
