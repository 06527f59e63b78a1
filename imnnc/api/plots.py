"""Figures of a compiled network, on matplotlib's axes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from imnnc.diagnostics import CompileError, ExitCode, fail
from imnnc.extras import optional
from imnnc.units import engineering

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from imnnc.artifacts.stored import StoredNetwork
    from imnnc.measure.readouts import Readouts
    from imnnc.measure.verification import Verification

_POINTS = 201  # of a curve
_MICRO, _NANO = 1e6, 1e9
_MOST_NAMED = 10  # outputs in a legend
_HOLDS = 1.5  # of the slowest step are drawn
# Light to heavy loads: one hue, so that their order can be seen.
_RAMP = ("#9ec5f4", "#5a9df0", "#2a6fc9", "#123c78")


@dataclass(frozen=True)
class Plots:
    """What a compilation looks like: each method draws on `ax`, or on a new figure, and returns it.

    All is drawn of the output folder as it was compiled.  Each raises `CompileError`: IM745 without
    the package `matplotlib`, IM513 and IM516 where files were edited or are missing, IM746 where
    the network has nothing of the kind.
    """

    out: Path
    require_unedited: Callable[[], Mapping[str, str]] = field(repr=False)

    def predicted(self, *, measured: Verification | None = None, ax: Axes | None = None) -> Axes:
        """Predicted against actual read-out voltages: a perfect prediction is the diagonal.

        Args:
            measured: what `verify` of the compilation has returned, for the voltages of ngspice;
                None: the exact operating points of the circuit.
            ax: where to draw.
        """
        axes = _axes(ax)
        if measured is None:
            predicted, actual = self._readouts.predicted_volts, self._readouts.circuit_volts
        else:
            predicted, actual = measured.design.predicted_volts, measured.design.simulated_volts
        ends = [min(predicted.min(), actual.min()), max(predicted.max(), actual.max())]
        axes.plot(ends, ends, color="0.7", linewidth=0.8)
        for output, (x, y) in enumerate(zip(actual.T, predicted.T, strict=True)):
            axes.plot(x, y, ".", markersize=4, label=f"output {output}")
        axes.set_xlabel("circuit (V)" if measured is None else "ngspice (V)")
        axes.set_ylabel("predicted (V)")
        axes.set_aspect("equal", adjustable="datalim")
        if actual.shape[1] <= _MOST_NAMED:
            axes.legend(frameon=False)
        return axes

    def vtc(self, loads_siemens: Iterable[float] | None = None, *, ax: Axes | None = None) -> Axes:
        """Transfer curves of a unit inverter under loads to ground, as the method knows them.

        Args:
            loads_siemens: the loads of a unit of size; None: no load, then the lightest, the
                middle and the heaviest of the network.
            ax: where to draw.
        """
        from imnnc.report.page import curves
        from imnnc.report.page import loads_siemens as of_network

        axes = _axes(ax)
        stored = self._stored
        chosen = of_network(stored.program) if loads_siemens is None else [*loads_siemens]
        model = stored.vtc.design
        v_in = np.linspace(-model.supply_volts, model.supply_volts, _POINTS)
        for number, (load, curve) in enumerate(
            zip(chosen, curves(stored.method, model, v_in, chosen), strict=True)
        ):
            name = "no load" if load == 0 else engineering(load, "S")
            colour = _RAMP[min(number * len(_RAMP) // max(len(chosen), 1), len(_RAMP) - 1)]
            axes.plot(v_in, curve, color=colour, label=name)
        axes.set_xlabel("$V_{in}$ (V)")
        axes.set_ylabel("$V_{out}$ (V)")
        axes.legend(frameon=False)
        return axes

    def confusion(
        self,
        of: Literal["circuit", "prediction"] = "circuit",
        *,
        classes: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """How many samples of each class are decided as which, of those of the verification.

        Args:
            of: whose decisions: the circuit's, or those that the method predicts.
            classes: what the classes are called; None: by their numbers.
            ax: where to draw.
        """
        from imnnc.measure.confusion import confusion

        found = self._readouts
        if found.loss != "cross_entropy":
            raise _nothing("a confusion matrix is of classes, the outputs of this network are none")
        axes = _axes(ax)
        volts = found.circuit_volts if of == "circuit" else found.predicted_volts
        counts = confusion(volts, found.targets).counts
        axes.imshow(counts, cmap="Blues", vmin=0)
        for (row, column), count in np.ndenumerate(counts):
            dark = count > counts.max() / 2
            colour = "white" if dark else "black"
            axes.text(column, row, f"{count}", ha="center", va="center", color=colour)
        names = [*classes] if classes else [*map(str, range(len(counts)))]
        axes.set_xticks(range(len(counts)), names)
        axes.set_yticks(range(len(counts)), names)
        axes.set_xlabel("decided as")
        axes.set_ylabel("class")
        return axes

    def waveforms(
        self,
        samples: Sequence[int] | None = None,
        *,
        begin: int | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """V- of the last layer over time, as ngspice simulates it again.

        Where each hold ends is marked; of the slowest step of the verification also the band in
        which the output that is last to come to rest has settled.

        Args:
            samples: put to the inputs one after the other, each for the hold time of the
                verification; None: the slowest step that it has measured.
            begin: the sample at whose operating point it begins; None: with all inputs at 0 V.
            ax: where to draw.
        """
        from imnnc.files.files import read_json
        from imnnc.measure.figures import settled_band
        from imnnc.measure.simulation import Simulation
        from imnnc.measure.waveforms import READOUT, simulate_folder

        sha256 = self.require_unedited()
        measured = read_json(self.out / "verify.json")
        hold, worst = measured["hold_s"], measured["worst_transition"]
        if hold is None or worst is None:
            raise _nothing("waveforms are of outputs that move, none of this network does")
        slowest = samples is None
        axes = _axes(ax)
        found = simulate_folder(
            self.out,
            None,
            [worst["to_sample"]] if samples is None else samples,
            begin=worst["from_sample"] if slowest else begin,
            hold_seconds=_HOLDS * hold if slowest else hold,
            nodes=[READOUT],
            sha256=sha256,
            simulation=Simulation(),
        )
        for name in found.names:
            axes.plot(_NANO * found.seconds, found[name], label=name)
        for number, step in enumerate(found.steps):
            label = "" if number else "read at the hold"  # one in the legend
            axes.axvline(_NANO * (step.seconds + hold), color="0.7", linewidth=0.8, label=label)
        if slowest:
            before, rest = self._readouts.circuit_volts[
                [worst["from_sample"], worst["to_sample"]], worst["output"]
            ]
            band = float(settled_band(np.abs(rest - before)))
            label = "settled, ±10 % of the step"
            axes.axhspan(rest - band, rest + band, color="0.9", label=label)
        axes.set_xlabel("time (ns)")
        axes.set_ylabel("output (V)")
        if len(found.names) <= _MOST_NAMED:
            # Above: of five curves one would run through it anywhere else.
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
        return axes

    def conductances(self, layer: str | None = None, *, ax: Axes | None = None) -> Axes:
        """The cells of a crossbar as they are programmed: plus rows, then minus rows.

        Args:
            layer: whose crossbar; None: that of the inputs.  Cells that are not formed are blank.
            ax: where to draw.
        """
        crossbars = {x.name: x for x in self._stored.program.crossbars}
        if layer is not None and layer not in crossbars:
            known = ", ".join(f"`{name}`" for name in crossbars)
            raise _nothing(f"the network has no layer `{layer}`, its layers are {known}")
        axes = _axes(ax)
        crossbar = crossbars[layer or next(iter(crossbars))]
        halves = [
            1 / ohms if formed is None else np.where(formed, 1 / ohms, np.nan)
            for ohms, formed in (
                (crossbar.ohms_plus, crossbar.formed_plus),
                (crossbar.ohms_minus, crossbar.formed_minus),
            )
        ]
        image = axes.imshow(_MICRO * np.concatenate(halves), aspect="auto", interpolation="nearest")
        axes.axhline(len(halves[0]) - 0.5, color="white", linewidth=1)
        figure = axes.get_figure()
        if figure is not None:
            figure.colorbar(image, ax=axes, label="conductance (µS)")
        axes.locator_params(integer=True)  # rows and columns are whole
        axes.set_title(crossbar.name)
        axes.set_xlabel("column")
        axes.set_ylabel("row, plus above minus")
        return axes

    @cached_property
    def _stored(self) -> StoredNetwork:
        from imnnc.artifacts.reading import read_folder

        self.require_unedited()
        return read_folder(self.out)[0]

    @cached_property
    def _readouts(self) -> Readouts:
        from imnnc.measure.readouts import readouts

        self.require_unedited()
        return readouts(self.out)


def _axes(given: Axes | None) -> Axes:
    """The axes that are given, or those of a new figure."""
    if given is not None:
        return given
    axes: Axes = optional("matplotlib.pyplot", "plot").subplots(layout="constrained")[1]
    return axes


def _nothing(why: str) -> CompileError:
    return fail("IM746", why, exit_code=ExitCode.USAGE)
