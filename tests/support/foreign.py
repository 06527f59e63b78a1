"""Other people's tools that read what is emitted, each run in the folder of the files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from imnnc.circuit.build import build_testbench
from imnnc.design import Technology
from imnnc.emit.dialects import Subject, write_dialect
from imnnc.physics.table import InverterTable
from imnnc.simulate.ngspice import run_deck
from tests.support.decks import HEADER, LOAD_FARADS, Deck, write_deck
from tests.support.goldens import invented_table
from tests.support.networks import technology

# What the testbenches ask for, where a reader does not know the names of these options.
TIGHT = "option gmin=1e-15 abstol=1e-15 reltol=1e-6 vntol=1e-9"
# Comments would begin with another mark in gnucap's other language; the rest it does not know.
SKIPPED = (
    r"\*|simulator|\.?include|save|operating_point|tolerances"
    r"|\.(lib|temp|option|op|dc|print|meas|end\b)"
)
NMOS = "nmos level=1 vto=0.1 kp=5e-5 lambda=0.2"
PMOS = "pmos level=1 vto=-0.1 kp=2e-5 lambda=0.2"


def emit(
    folder: Path,
    widths: list[int],
    *dialects: str,
    name: str = "sample",
    seed: int = 1,
    table: InverterTable | None = None,
    resistor_ohms: float | None = None,
    kit: Technology | None = None,
    bias_pairs: int | None = None,
) -> Deck:
    """Write ngspice's deck, and that of each dialect beside it."""
    kit = kit or technology()
    options = {"name": name, "seed": seed, "bias_pairs": bias_pairs}
    deck = write_deck(folder, widths, kit, resistor_ohms=resistor_ohms, **options)
    testbench = build_testbench(
        deck.circuit,
        deck.network,
        kit,
        stimulus_volts=deck.stimulus_volts,
        load_farads=LOAD_FARADS,
    )
    header = replace(HEADER, network=name)
    subject = Subject(testbench, kit, "tio2", table or invented_table(), header)
    for dialect in dialects:
        write_dialect(dialect, subject, folder)
    return deck


def ngspice(folder: Path, testbench: str, compatibility: str | None = None) -> dict[str, float]:
    """The operating point that ngspice finds, in a mode of compatibility (`set ngbehavior`)."""
    (folder / "result.raw").unlink(missing_ok=True)
    mode = [f"set ngbehavior={compatibility}"] if compatibility else []
    commands = [*mode, f"source {testbench}", TIGHT, "op", "write result.raw all", "quit"]
    deck = "\n".join(["* reads", ".control", "set filetype=binary", *commands, ".endc", ""])
    run = run_deck(deck, workdir=folder, timeout_seconds=60)
    return {name: float(np.real(vector[-1])) for name, vector in run.vectors.items()}


def deck_lines(folder: Path, dialect: str) -> list[str]:
    """The testbench and what it includes in one, without models, options and analyses.

    gnucap has no BSIM4, which is why the models are others here.
    """

    def lines(path: Path) -> Iterator[str]:
        for line in path.read_text().splitlines():
            included = re.fullmatch(r"\.?include (['\"])([\w.]+)\1", line)
            if included and "models" not in line:
                yield from lines(folder / included[2])
            elif not re.match(SKIPPED, line):
                yield line

    (testbench,) = folder.glob(f"*.tb.{dialect}.*")
    return list(lines(testbench))


def gnucap(folder: Path, lines: list[str], nets: list[str], dialect: str) -> list[float]:
    """The voltages of nets at the operating point of a netlist that gnucap reads and solves."""
    settings = "options numdgt=9 reltol=1e-9 abstol=1e-15 vntol=1e-12 gmin=1e-15"
    probes = "print op " + " ".join(f"v({net})" for net in nets)
    if dialect == "spectre":
        # Commands need a name in that language, which is also that of the file of the results.
        script = [settings, "spectre", *lines, f"probe {probes}", "point op"]
        log = tool(folder, "gnucap", stdin="\n".join(script) + "\n")
        table = (folder / "point.op").read_text()
    else:
        script = ["* read by gnucap", *lines, f".{settings}", f".{probes}", ".op", ".end"]
        (folder / "gnucap.ckt").write_text("\n".join(script) + "\n")
        log = table = tool(folder, "gnucap", "-b", "gnucap.ckt")
    assert "bad parameter" not in log, log
    assert "^ ?" not in log.replace("^ ? no match", ""), log
    (row,) = re.findall(r"^ ?27\.\s+(.*)$", table, re.MULTILINE)
    return [float(word) for word in row.split()]


def lvs(
    folder: Path, first: str, second: str, network: str = "sample", memristor: str = "tio2"
) -> bool:
    """Whether netgen finds that two netlists are of the same circuit, values included."""
    (folder / "setup.tcl").write_text(
        "permute default\n"
        "property default\n"
        # CDL names the device of a cell, where a simulator's netlist has a plain resistor.
        f'equate classes "-circuit1 {{\\$\\[{memristor}\\]}}" "-circuit2 r"\n'
    )
    log = tool(
        folder,
        *("netgen-lvs", "-batch", "lvs", f"{first} {network}", f"{second} {network}"),
        *("setup.tcl", "comparison.txt"),
    )
    report = (folder / "comparison.txt").read_text()
    (result,) = re.findall(r"^Result: (.*)$", log, re.MULTILINE)
    return result.startswith("Circuits match") and "property errors" not in report


def tool(folder: Path, *command: str, stdin: str = "") -> str:
    """What a program prints; it must not fail."""
    done = subprocess.run(
        command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
