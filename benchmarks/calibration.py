"""What calibration gives back to dies of fashion14, on test images that nothing else has seen.

    python -m benchmarks.calibration OUT [--source FILE] [--dies 20] [--corner sf] [--keep-rails]

OUT is the output of `imnnc compile` of the source, which is `examples/fashion14.imnn` unless said.
Each die is a draw: thresholds by Pelgrom's rule, cells off by 3 %, 0.1 % of them stuck, with the
wires that the source has.  It is measured at 500 training images, with 0.5 mV of noise, and
calibrated; cells that change come out anew, off by 3 % again, those that are stuck stay.  Rails
follow a die where that is worth it, unless `--keep-rails` is said.  Accuracy is that of all 10,000
test images, by exact operating points, before and after; seconds are of one core, from
measurements to cells.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from imnnc.artifacts.reading import read_folder
from imnnc.data import load_dataset
from imnnc.lang import load_design
from imnnc.measure.calibration import Calibration, Lesson, Task, calibrate_die
from imnnc.measure.measured import measure_chip
from imnnc.methods.training import split_validation
from imnnc.physics.chips import Chip, ChipSolver, Spread, draw, reach_volts, spread_of
from imnnc.physics.die import Die, DieSolver, siemens_of
from imnnc.physics.family import together
from imnnc.physics.inverter import Inverter
from imnnc.physics.mismatch import Devices
from imnnc.physics.network import NetworkParameters
from imnnc.simulate.characterize import characterize_devices

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fashion14.imnn"
STUCK, NOISE_VOLTS, MEASURED, SEED = 0.001, 0.5e-3, 500, 7
_MORE_VOLTS = 0.3  # that a corner and rails may shift gates by, beyond their own thresholds


def programmed_again(
    chip: Chip, before: NetworkParameters, found: Calibration, spread: Spread
) -> Chip:
    """The chip with its new cells, which come out as they do, and between its new rails.

    Cells that are stuck stay.
    """
    assert chip.gates is not None
    random, die = np.random.default_rng([SEED, chip.number]), Die(chip.parameters, chip.gates)
    ends = (spread.low_siemens, spread.high_siemens)
    after = found.correction.program.parameters()
    for number, moved in enumerate(found.correction.changed):
        made, was, wanted = (siemens_of(x.layers[number]) for x in (chip.parameters, before, after))
        stuck = np.isin(made, ends) & ~np.isclose(made, was)
        errors = 1 + spread.cells * random.standard_normal(made.shape)
        die = die.with_cells(number, np.where(moved & ~stuck, wanted * errors, made))
    volts = found.correction.die.rails_volts
    return replace(chip, parameters=die.parameters, rails_volts=volts)


def main() -> None:
    """Draw, measure, calibrate, judge."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, default=EXAMPLE, help="that OUT is of")
    parser.add_argument("--dies", type=int, default=20)
    parser.add_argument("--corner", default="tt", help="that the dies are from")
    parser.add_argument("--keep-rails", action="store_true", help="do not let them follow a die")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/calibration.json"))
    arguments = parser.parse_args()
    stored, _ = read_folder(arguments.out)
    design = load_design(arguments.source, {})
    assert design.data is not None
    memristor = replace(design.memristor, stuck_low=STUCK / 2, stuck_high=STUCK / 2)
    spread, parameters = spread_of(design.technology, memristor), stored.program.parameters()
    train = design.train
    data = load_dataset(design.data, design.network, train.loss, train.seed).dataset
    parts = split_validation(data.train_inputs, data.train_targets, train.validation, train.seed)
    lessons = [Lesson(x.inputs.astype(float), x.targets.astype(np.int64)) for x in parts]
    reach = reach_volts(parameters, spread) + _MORE_VOLTS
    known = characterize_devices(design.technology, reach)
    real = characterize_devices(replace(design.technology, corner=arguments.corner), reach)
    table = together(real, stored.table.input_farads, stored.table.output_farads)
    silicon = ChipSolver(Inverter(table), Devices(real))
    solver = DieSolver(Inverter(stored.table), Devices(known))
    task = Task(
        stored.program,
        memristor,
        solver,
        spread,
        "cross_entropy",
        *lessons,
        rails=not arguments.keep_rails,
    )

    def accuracy(of: ChipSolver, chip: Chip) -> float:
        readout = of.solve(chip, data.test_inputs.astype(float)).layers[-1].minus
        return float((readout.argmax(1) == data.test_targets).mean())

    circuit = ChipSolver(Inverter(stored.table), Devices(known))
    drawn, seen = draw(parameters, spread.only(), SEED, 0), lessons[0].inputs_volts[:MEASURED]
    nominal = accuracy(circuit, drawn)
    print(f"circuit {nominal:.2%}")
    found = []
    for number in range(arguments.dies):
        chip = draw(parameters, spread, SEED, number)
        measured = measure_chip(chip, silicon, seen, NOISE_VOLTS)
        start = time.process_time()
        calibration = calibrate_die(design.network.name, task, measured, lambda *_: None)
        seconds = time.process_time() - start
        after = accuracy(silicon, programmed_again(chip, parameters, calibration, spread))
        die = {
            "before": accuracy(silicon, chip),
            "after": after,
            "expected": calibration.score_after,
            "cells": calibration.correction.cells,
            "rails_v": calibration.correction.die.rails_volts,
            "seconds": seconds,
        }
        found.append(die)
        print(f"die {number} " + "  ".join(f"{name} {x:.4g}" for name, x in die.items()))
    means = {name: float(np.mean([die[name] for die in found])) for name in found[0]}
    print("mean  " + "  ".join(f"{name} {x:.4g}" for name, x in means.items()))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    tree = {
        "source": arguments.source.name,
        "corner": arguments.corner,
        "rails_follow": task.rails,
        "circuit": nominal,
        "mean": means,
        "dies": found,
    }
    arguments.json.write_text(json.dumps(tree, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
