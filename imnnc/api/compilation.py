"""What a compiled network can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.api.computing import available_jobs, given_workers
from imnnc.api.exports import Exports
from imnnc.api.html import html_facts
from imnnc.api.networks import Network
from imnnc.api.origin import samples_of, source_of
from imnnc.api.plots import Plots
from imnnc.api.results import (
    Energy,
    LayerResult,
    Table,
    VerificationResult,
    layer_results,
    verification_result,
)
from imnnc.engine.device import PROCESSOR
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver
from imnnc.units import engineering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from imnnc.data.unseen import Unseen
    from imnnc.engine.context import Progress, Reporter
    from imnnc.engine.run import Timing
    from imnnc.engine.workers import Workers
    from imnnc.measure.evaluate import Evaluation
    from imnnc.measure.verification import Verification
    from imnnc.methods.base import Predictor


@dataclass(frozen=True)
class Compilation(Exports):
    """A compiled network, as it lies in its output folder.

    Attributes:
        out: the output folder.
        changed: whether the compile has changed it; None for one that was loaded, and for a
            compile that was stopped before its output.
        timings: how long each pass took.
    """

    out: Path
    changed: bool | None = None
    timings: tuple[Timing, ...] = field(default=(), repr=False)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of `manifest.json`: versions, options and the sha256 of every file."""
        from imnnc.files.manifest import read_manifest

        return read_manifest(self.out)

    @cached_property
    def verification(self) -> VerificationResult:
        """What the compile has measured, of `verify.json`, whose content it is a mapping of."""
        from imnnc.files.files import read_json

        path = self.out / "verify.json"
        return verification_result(path, read_json(path))

    @property
    def layers(self) -> Table[LayerResult]:
        """Shape, sizes and prediction errors of every layer, from the inputs on."""
        return layer_results(self.out / "summary.json", self.verification, self.summary)

    @property
    def energy(self) -> Energy:
        """What an inference takes, at the design's corner, with power and delay."""
        return self.verification.energy

    @cached_property
    def plot(self) -> Plots:
        """Figures by matplotlib: `compilation.plot.predicted()` and the others."""
        return Plots(self.out, self.require_unedited)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of `summary.json`: curve fits, training, sizing, quantisation, shape."""
        from imnnc.files.files import read_json

        return read_json(self.out / "summary.json")

    @cached_property
    def chips(self) -> dict[str, Any] | None:
        """The content of `chips.json`; None: nothing is known of how chips differ."""
        from imnnc.files.files import read_json

        path = self.out / "chips.json"
        return read_json(path) if path.exists() else None

    @property
    def passed(self) -> bool:
        """Whether the prediction error is within its tolerance, and so many chips work as asked."""
        reached = None if self.chips is None else self.chips["yield"]
        works = reached is None or bool(reached["passed"])
        return self.verification.passed and works

    def to_json(self) -> dict[str, Any]:
        """What a program wants to know of a compile: its folder, and what was measured."""
        return {
            "out": str(self.out),
            "changed": self.changed,
            "passed": self.passed,
            "verification": dict(self.verification),
            "chips": self.chips,
        }

    @cached_property
    def _predictor(self) -> Predictor:
        from imnnc.measure.evaluate import load_predictor

        return load_predictor(self.out)

    @cached_property
    def _sha256(self) -> dict[str, str]:
        """The sha256 of every file, which the files have."""
        from imnnc.files.manifest import require_unedited

        return require_unedited(self.out)

    def require_unedited(self) -> Mapping[str, str]:
        """The sha256 of every file, which are as they were compiled; fails with IM513 and IM516."""
        return self._sha256

    def _repr_html_(self) -> str:
        if not (self.out / "verify.json").exists():
            return html_facts([("output", "none: it was stopped before")], str(self.out))
        return html_facts(self._facts(), str(self.out)) + self.layers._repr_html_()

    def _facts(self) -> Iterator[tuple[str, str]]:
        """What a notebook shows of it."""
        found, energy = self.verification, self.energy
        volts = f"{engineering(found.error.rms_volts, 'V')} rms"
        yield "network", f"{found.network}, trained by {found.method}"
        yield "verified", "passed" if self.passed else "failed"
        yield "error", f"{volts}, of {engineering(found.tolerance_volts, 'V')} allowed"
        if found.accuracy is not None:
            simulated, predicted = found.accuracy.simulated, found.accuracy.predicted
            yield "accuracy", f"{simulated:.1%} simulated, {predicted:.1%} predicted"
        yield "power", f"{engineering(energy.all_sources_watts, 'W')} of all sources"
        if energy.all_sources_joules is not None and energy.delay_seconds is not None:
            joules = engineering(energy.all_sources_joules, "J")
            yield "energy", f"{joules} of all sources, an inference"
            yield "delay", engineering(energy.delay_seconds, "s")

    def predict(self, x: ArrayLike, *, edited: bool = False) -> NDArray[np.float64]:
        """The voltages that the model of the circuit predicts at the read-out.

        Args:
            x: (S, N) volts of the plus rows of the inputs, or (N,) for one sample.
            edited: take the files as they are, though they are not as they were compiled.

        Returns:
            (S, M) volts, V- of the output layer, or (M,) for one sample.

        Raises:
            CompileError: IM513 and IM516 where files were edited, IM716 where `x` has another
                width, is not finite or beyond the rails.
        """
        import numpy as np

        from imnnc.artifacts.reading import check_volts

        if not edited:
            self.require_unedited()
        inputs = np.asarray(x, dtype=np.float64)
        predictor = self._predictor
        check_volts(inputs, predictor.parameters.layers[0].inputs, predictor.supply_volts)
        outputs = predictor.predict(np.atleast_2d(inputs))
        return outputs if inputs.ndim == 2 else outputs[0]

    def encode(
        self,
        table: str | Path,
        data: str | Path | Network,
        *,
        define: Mapping[str, str] | None = None,
    ) -> Unseen:
        """The rows of a table as the voltages that `predict` takes.

        Args:
            table: a `.csv`, `.tsv` or `.txt` of samples in the units of the training data, labelled
                or not.
            data: the source, or a `Network`, whose `data` block says how values become voltages.
            define: values for constants of that source.

        Raises:
            CompileError: the source is of another network, or the table is not of its data.
        """
        from imnnc.artifacts.reading import read_folder
        from imnnc.data.unseen import unseen_samples

        with source_of(data, define, *read_folder(self.out)) as (design, spec):
            train = design.train
            return unseen_samples(Path(table), spec, design.network, train.loss, train.seed)

    def verify(
        self,
        *,
        edited: bool = False,
        driver: Driver = "pyspice",
        jobs: int | None = None,
        workers: Workers | str | None = None,
        reduce: bool = False,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress: Progress | None = None,
        reporter: Reporter | None = None,
    ) -> Verification:
        """Simulate the files of the output folder again, and compare with the prediction.

        Where the result differs from `verify.json`, that file and its entry in the manifest
        are written anew.

        Args:
            edited: simulate the files as they are, though they are not as they were compiled.
            driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
            jobs: number of worker processes; None: one a processor.
            workers: who simulates in place of those, as for `compile`.
            reduce: replace the first crossbar by its Thévenin equivalents.
            timeout_seconds: limit for each call of the simulator.
            progress: told how far it is.
            reporter: told of warnings; None: nobody is.

        Raises:
            CompileError: the folder was edited, is damaged or cannot be written, holds what no
                circuit needs, or there is no working simulator.
        """
        from imnnc.engine.notebook import shown
        from imnnc.engine.progress import Silence
        from imnnc.files.manifest import renew_json, require_unedited
        from imnnc.measure.folder import VERIFICATION_FILE, verify_folder
        from imnnc.measure.simulation import Simulation

        sha256 = None if edited else require_unedited(self.out)
        with (
            given_workers(workers, reporter or Silence()) as given,
            shown("verify", progress) as watched,
        ):
            found = verify_folder(
                self.out,
                sha256=sha256,
                simulation=Simulation(
                    driver,
                    reduce,
                    jobs or available_jobs(),
                    timeout_seconds,
                    watched,
                    given,
                ),
            )
        if renew_json(self.out, VERIFICATION_FILE, found.to_json()):
            # What was read of the two files before is no longer what they say.
            for name in ("verification", "manifest", "_sha256"):
                self.__dict__.pop(name, None)
        return found

    def evaluate(
        self,
        data: str | Path | Network | None = None,
        *,
        define: Mapping[str, str] | None = None,
        edited: bool = False,
        prove: int = 20,
        seed: int = 1,
        driver: Driver = "pyspice",
        jobs: int | None = None,
        workers: Workers | str | None = None,
        device: str = PROCESSOR.name,
        reduce: bool = False,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress: Progress | None = None,
        reporter: Reporter | None = None,
    ) -> Evaluation:
        """Solve the operating points of any number of samples, and have ngspice check a few.

        Args:
            data: a source or a `Network`, whose test samples are taken, or a `.npz` file with
                `inputs` in volts and, if they are known, `targets`; None: the samples of the
                verification.
            define: values for constants of that source.
            edited: take the files as they are, though they are not as they were compiled.
            prove: how many samples ngspice simulates, drawn at random.
            seed: of that draw.
            driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
            jobs: number of processes; None: one a processor.
            workers: who simulates in place of those, as for `compile`.
            device: what solves, as for `compile`.
            reduce: replace the first crossbar by its Thévenin equivalents.
            timeout_seconds: limit for each call of the simulator.
            progress: told how far it is.
            reporter: told of warnings; None: nobody is.

        Raises:
            CompileError: the samples are not of this network, the folder was edited, is damaged
                or holds what no circuit needs, an operating point is not found, or there is no
                working simulator.
        """
        from imnnc.engine.notebook import shown
        from imnnc.engine.progress import Silence
        from imnnc.files.manifest import require_unedited
        from imnnc.measure.evaluate import evaluate_folder
        from imnnc.measure.simulation import Simulation
        from imnnc.physics.devices import find_device

        find_device(device)
        sha256 = None if edited else require_unedited(self.out)
        inputs, targets = (None, None) if data is None else samples_of(data, define)
        with (
            given_workers(workers, reporter or Silence()) as given,
            shown("evaluate", progress) as watched,
        ):
            return evaluate_folder(
                self.out,
                inputs,
                targets,
                sha256=sha256,
                prove=prove,
                seed=seed,
                device=device,
                simulation=Simulation(
                    driver,
                    reduce,
                    jobs or available_jobs(),
                    timeout_seconds,
                    watched,
                    given,
                ),
            )


def load(out: str | Path) -> Compilation:
    """The compilation in an output folder.

    Raises:
        CompileError: it is not one, or is damaged.
    """
    compilation = Compilation(Path(out))
    _ = compilation.manifest
    return compilation
