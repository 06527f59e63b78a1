"""Compares delay and energy of the built-in technology `lvt90` with published 90 nm figures.

    python -m benchmarks.lvt90_dynamics [--ptm 90nm_bulk.pm] [--json FILE]

ngspice measures, of unit inverters with the diffusions that the technology draws:

* the delay of an inverter that drives four (FO4), in a chain of sizes 1, 4, 16, 64, 256, the mean
  of both edges of the second;
* delay and energy a stage of a ring of eleven, and how much of the energy flows straight from rail
  to rail (the integral of the smaller of both transistors' currents);
* capacitances of an NMOS: of its gate, on and with the channel at the source; of its drain, off.

It compares them with two published descriptions of 90 nm, at the same supply and the same widths:

* ITRS, low operating power, 0.9 V, as CACTI 5.1 tabulates it (Thoziyoor et al., HPL-2008-20) and
  computes delays and capacitances from it.  Of the three kinds of transistor there it is the one
  whose drive is that of `lvt90`: 387 uA/um, ours 335 at 0.9 V.  Its energy is C V^2 alone.
* PTM 90 nm (Zhao and Cao, TED 2006), a card that everyone may fetch and we do not ship: `--ptm`.
  Its transistors are of the general-purpose kind and give twice as much at 0.9 V; near our supply,
  0.5 V, both give about the same.  So that currents do not hide the charges, the FO4 delay is also
  compared at equal current: delay times (I(V, V/2) + I(V/2, V))/2 of the NMOS, over V.

Printed beside them: 28.9 ps, what Stillmaker and Baas (Integration 58, 2017) give for 90 nm FO4 at
1.0 V.  `lvt90` was fitted to static curves at +-0.25 V and is far slower there.

The goal: within 25 % in FO4 delay and in energy of the ring.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imnnc.design import Technology, Transistor
from imnnc.lang import load_technology
from imnnc.simulate.ngspice import run_deck
from imnnc.simulate.transistors import inverter_lines, model_lines

FloatArray = NDArray[np.float64]

GOAL = 0.25
STAGES = 11
# Twenty times a stage of the ring, roughly, at each supply (V).
SPANS_SECONDS = {0.5: 2e-9, 0.9: 8e-10, 1.0: 7e-10}
STILLMAKER_FO4_PS = 28.9  # 90 nm, 1.0 V
OPTIONS = ".options reltol=1e-4 abstol=1e-13 chgtol=1e-19 gmin=1e-15"


@dataclass(frozen=True)
class Measured:
    """What ngspice gives for a technology at a supply."""

    supply_volts: float
    fo4_ps: float
    ring_stage_ps: float
    ring_cycle_fj: float  # a stage, both edges
    rail_to_rail: float  # part of that
    effective_ua_per_um: float  # of the NMOS
    on_ua_per_um: float
    gate_ff_per_um: float
    drain_ff_per_um: float

    @property
    def charge_ff_per_um(self) -> float:
        """The FO4 delay at equal current, as a capacitance."""
        return self.fo4_ps * self.effective_ua_per_um * 1e-3 / self.supply_volts


@dataclass(frozen=True)
class Itrs:
    """One kind of 90 nm transistor as CACTI's table has it, micrometres and femtofarads."""

    supply_volts: float = 0.9
    gate_ideal: float = 0.845  # fF/um
    fringe: float = 0.08  # fF/um
    junction: float = 1.0  # fF/um2
    sidewall: float = 0.25  # fF/um
    on_ma: float = 0.3866  # mA/um
    resistance_factor: float = 1.77
    n_to_p: float = 2.54

    @property
    def overlap(self) -> float:
        return 0.2 * self.gate_ideal

    @property
    def gate(self) -> float:
        """fF/um."""
        return self.gate_ideal + self.overlap + 3 * self.fringe

    def drain_ff(self, transistor: Transistor) -> float:
        width, length = transistor.width_meters * 1e6, _diffusion_meters(transistor) * 1e6
        return (
            self.junction * width * length
            + self.sidewall * (width + 2 * length)
            + 2 * (self.fringe + self.overlap) * width
        )

    def fo4_ps(self, technology: Technology) -> float:
        """The mean of both edges, from CACTI's resistance of a transistor."""
        wn, wp = (x.width_meters * 1e6 for x in (technology.nmos, technology.pmos))
        load = self._drains_ff(technology) + 4 * self.gate * (wn + wp)
        kiloohm = self.resistance_factor * self.supply_volts / self.on_ma
        edges = [kiloohm / wn, kiloohm * self.n_to_p / wp]
        return math.log(2) * load * sum(edges) / 2

    def cycle_fj(self, technology: Technology) -> float:
        """A stage of a ring: C V^2."""
        widths = (technology.nmos.width_meters + technology.pmos.width_meters) * 1e6
        return (self._drains_ff(technology) + self.gate * widths) * self.supply_volts**2

    def _drains_ff(self, technology: Technology) -> float:
        return self.drain_ff(technology.nmos) + self.drain_ff(technology.pmos)


def _diffusion_meters(transistor: Transistor) -> float:
    if transistor.diffusion_meters is None:
        raise ValueError(f"{transistor.device} has no drawn diffusions")
    return transistor.diffusion_meters


def simulate(technology: Technology, lines: list[str], vectors: list[str]) -> list[FloatArray]:
    """Vectors of a deck around the models; rails at plus and minus half the supply."""
    supply = technology.supply_volts
    with tempfile.TemporaryDirectory() as folder:
        workdir = Path(folder)
        deck = [
            "* lvt90 dynamics",
            *model_lines(technology, workdir),
            OPTIONS,
            f"Vdd vdd 0 {supply}",
            f"Vss vss 0 {-supply}",
            *lines,
            f"write result.raw {' '.join(vectors)}",
            "quit",
            ".endc",
            ".end",
        ]
        run = run_deck("\n".join(deck), workdir=workdir, timeout_seconds=300)
        # A device's own current comes back by another name.
        names = [f"i({x})" if x.startswith("@") else x for x in vectors]
        return [np.asarray(x.real, dtype=np.float64) for x in run.require(names)]


def crossings(seconds: FloatArray, volts: FloatArray, *, rising: bool) -> FloatArray:
    """When a voltage passes the middle of the rails."""
    v = volts if rising else -volts
    at = np.flatnonzero((v[:-1] < 0) & (v[1:] >= 0))
    return seconds[at] - v[at] * (seconds[at + 1] - seconds[at]) / (v[at + 1] - v[at])


def fo4_ps(technology: Technology, span: float) -> float:
    supply, edge = technology.supply_volts, span / 100
    lines = [f"Vin a 0 pulse({-supply} {supply} {span / 5} {edge} {edge} {span} {2 * span})"]
    for k, (source, target) in enumerate(["ab", "bc", "cd", "de", "ef"]):
        lines += inverter_lines(
            technology, str(k), input_node=source, output_node=target, size=4.0**k
        )
    lines += [".control", f"tran {span / 500} {2 * span} 0 {span / 500}"]
    time, before, after = simulate(technology, lines, ["time", "v(b)", "v(c)"])
    up = crossings(time, after, rising=True)[0] - crossings(time, before, rising=False)[0]
    down = crossings(time, after, rising=False)[0] - crossings(time, before, rising=True)[0]
    return float(up + down) / 2 * 1e12


def ring(technology: Technology, span: float) -> tuple[float, float, float]:
    """Delay (ps) and energy of a cycle (fJ) a stage, and the part that flows from rail to rail."""
    lines = []
    for k in range(STAGES):
        lines += inverter_lines(
            technology, str(k), input_node=f"r{k}", output_node=f"r{(k + 1) % STAGES}"
        )
    currents = [f"@{name}[id]" for name in ("mp_3", "mn_3")]
    lines += [f".ic v(r0)={-technology.supply_volts}", f".save all {' '.join(currents)}"]
    lines += [".control", f"tran {span / 500} {6 * span} 0 {span / 500}"]
    vectors = ["time", "v(r4)", "i(vdd)", "i(vss)", *currents]
    time, volts, i_dd, i_ss, i_p, i_n = simulate(technology, lines, vectors)
    start, end = crossings(time, volts, rising=True)[-2:]

    def integral(amperes: FloatArray) -> float:
        total = np.concatenate(([0], np.cumsum(np.diff(time) * (amperes[1:] + amperes[:-1]) / 2)))
        return float(np.interp(end, time, total) - np.interp(start, time, total))

    supply = technology.supply_volts
    joules = supply * integral(i_ss - i_dd) / STAGES
    straight = 2 * supply * integral(np.minimum(np.abs(i_p), np.abs(i_n)))
    return float(end - start) / (2 * STAGES) * 1e12, joules * 1e15, straight / joules


def device(technology: Technology) -> tuple[float, float, float, float]:
    """Of the NMOS, a micrometre: on and effective current (uA), gate and drain (fF)."""
    full, half = 2 * technology.supply_volts, technology.supply_volts
    unit = inverter_lines(technology, "unit", input_node="g", output_node="d")[1].split(" ", 5)
    name, nets, rest = unit[0], unit[1:5], unit[5]
    lines = []
    for k, (gate, drain, gate_ac, drain_ac) in enumerate(
        [(full, full, 0, 0), (full, half, 0, 0), (half, full, 0, 0), (full, 0, 1, 0), (0, 0, 0, 1)]
    ):
        by_net = {"g": f"g{k}", "d": f"d{k}", "vss": "0"}
        lines.append(" ".join([f"{name}{k}", *(by_net[x] for x in nets), rest]))
        lines.append(f"Vg{k} g{k} 0 dc {gate} ac {gate_ac}")
        lines.append(f"Vd{k} d{k} 0 dc {drain} ac {drain_ac}")
    currents = [f"op1.vd{k}#branch" for k in range(3)]
    charges = ["ac1.vg3#branch", "ac1.vd4#branch"]
    lines += [".control", "op", "ac lin 1 1e5 1e5", "setplot new"]
    lines += [f"let x{k} = abs({x})" for k, x in enumerate(currents)]
    lines += [f"let y{k} = abs(imag({x}))" for k, x in enumerate(charges)]
    names = ["x0", "x1", "x2", "y0", "y1"]
    lines.append(f"settype notype {' '.join(names)}")  # else they are called i(x0)
    values = simulate(technology, lines, names)
    i_on, low, high, q_gate, q_drain = (float(x[0]) for x in values)
    microns = technology.nmos.width_meters * 1e6
    radians = 2 * math.pi * 1e5
    return (
        i_on * 1e6 / microns,
        (low + high) / 2 * 1e6 / microns,
        q_gate / radians * 1e15 / microns,
        q_drain / radians * 1e15 / microns,
    )


def measure(technology: Technology, volts: float) -> Measured:
    at = replace(technology, supply_volts=volts / 2)
    span = SPANS_SECONDS[volts]
    i_on, i_effective, gate, drain = device(at)
    return Measured(volts, fo4_ps(at, span), *ring(at, span), i_effective, i_on, gate, drain)


def ptm_technology(card: Path, like: Technology, folder: Path) -> Technology:
    """PTM's transistors, their length 90 nm, in the widths and diffusions of `like`."""
    library = folder / "ptm.lib"
    library.write_text(f".lib tt\n{card.read_text(encoding='latin-1')}\n.endl tt\n")
    return replace(
        like,
        library=library,
        corners=("tt",),
        corner="tt",
        nmos=replace(like.nmos, device="nmos", length_meters=9e-8),
        pmos=replace(like.pmos, device="pmos", length_meters=9e-8),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ptm", type=Path, help="PTM's card of 90 nm, models `nmos` and `pmos`")
    parser.add_argument(
        "--json", type=Path, default=Path(__file__).parent / "results" / "lvt90_dynamics.json"
    )
    options = parser.parse_args()
    technology, itrs = load_technology("lvt90"), Itrs()
    found = {"lvt90": [measure(technology, volts) for volts in SPANS_SECONDS]}
    if options.ptm is not None:
        with tempfile.TemporaryDirectory() as folder:
            card = ptm_technology(options.ptm, technology, Path(folder))
            found["PTM"] = [measure(card, volts) for volts in SPANS_SECONDS]
    print_measured(found)
    comparisons = compare(found, technology, itrs)
    for name, (ours, theirs) in comparisons.items():
        print(f"{name:44} {ours:8.3f} {theirs:8.3f} {ours / theirs - 1:+7.0%}")
    print(f"FO4 at 1.0 V, Stillmaker and Baas: {STILLMAKER_FO4_PS} ps, general purpose")
    goals = [x for name, x in comparisons.items() if name.startswith("goal")]
    reached = all(abs(ours / theirs - 1) <= GOAL for ours, theirs in goals)
    print(f"goal, within {GOAL:.0%}: {'reached' if reached else 'missed'}")
    report = {
        "measured": {
            name: [{**asdict(x), "charge_ff_per_um": x.charge_ff_per_um} for x in rows]
            for name, rows in found.items()
        },
        "itrs_low_operating_power": asdict(itrs),
        "comparisons": comparisons,
        "stillmaker_fo4_ps": STILLMAKER_FO4_PS,
        "goal": GOAL,
        "reached": reached,
    }
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if reached else 1


def print_measured(found: dict[str, list[Measured]]) -> None:
    print("        V  FO4 ps  ring ps  ring fJ  straight  Ion, Ieff uA/um  gate, drain fF/um")
    for name, rows in found.items():
        for x in rows:
            print(
                f"{name:6}{x.supply_volts:4.1f}{x.fo4_ps:8.1f}{x.ring_stage_ps:9.1f}"
                f"{x.ring_cycle_fj:9.3f}{x.rail_to_rail:10.0%}{x.on_ua_per_um:9.0f}"
                f"{x.effective_ua_per_um:8.0f}{x.gate_ff_per_um:11.2f}{x.drain_ff_per_um:8.2f}"
            )


def compare(
    found: dict[str, list[Measured]], technology: Technology, itrs: Itrs
) -> dict[str, tuple[float, float]]:
    """What is compared: ours and theirs."""
    ours = {x.supply_volts: x for x in found["lvt90"]}
    at = ours[itrs.supply_volts]
    pairs = {
        "goal: FO4 at 0.9 V, ITRS (ps)": (at.fo4_ps, itrs.fo4_ps(technology)),
        "goal: ring's C V^2 at 0.9 V, ITRS (fJ)": (
            at.ring_cycle_fj * (1 - at.rail_to_rail),
            itrs.cycle_fj(technology),
        ),
        "gate, ITRS (fF/um)": (at.gate_ff_per_um, itrs.gate),
        "drain, ITRS (fF/um)": (
            at.drain_ff_per_um,
            itrs.drain_ff(technology.nmos) / (technology.nmos.width_meters * 1e6),
        ),
    }
    for theirs in found.get("PTM", []):
        volts = theirs.supply_volts
        mine = ours[volts]
        goal = "goal: " if volts == 0.5 else ""
        pairs |= {
            f"{goal}FO4 at {volts} V, PTM (ps)": (mine.fo4_ps, theirs.fo4_ps),
            f"FO4 at equal current, {volts} V, PTM (fF/um)": (
                mine.charge_ff_per_um,
                theirs.charge_ff_per_um,
            ),
            f"ring at {volts} V, PTM (fJ)": (mine.ring_cycle_fj, theirs.ring_cycle_fj),
        }
    return pairs


if __name__ == "__main__":
    sys.exit(main())
