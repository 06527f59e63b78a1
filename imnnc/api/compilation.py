"""Compiling, and what a compiled network can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imnnc.api.computing import available_jobs, given_workers, workers_or_local
from imnnc.api.exports import Exports
from imnnc.api.origin import folder_of, samples_of, source_of
from imnnc.lang import kit_warnings, load_design
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from imnnc.data.unseen import Unseen
    from imnnc.engine.context import Progress, Reporter
    from imnnc.engine.graph import PassGraph
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
    timings: tuple[Timing, ...] = ()

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The content of `manifest.json`: versions, options and the sha256 of every file."""
        from imnnc.files.manifest import read_manifest

        return read_manifest(self.out)

    @cached_property
    def verification(self) -> dict[str, Any]:
        """The content of `verify.json`: what the compile has measured."""
        from imnnc.files.files import damaged, read_json

        found = read_json(self.out / "verify.json")
        if not isinstance(found.get("passed"), bool):
            raise damaged(self.out / "verify.json", "its `passed` must be `true` or `false`")
        return found

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
        return bool(self.verification["passed"]) and works

    def to_json(self) -> dict[str, Any]:
        """What a program wants to know of a compile: its folder, and what was measured."""
        return {
            "out": str(self.out),
            "changed": self.changed,
            "passed": self.passed,
            "verification": self.verification,
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
            _ = self._sha256
        inputs = np.asarray(x, dtype=np.float64)
        predictor = self._predictor
        check_volts(inputs, predictor.parameters.layers[0].inputs, predictor.supply_volts)
        outputs = predictor.predict(np.atleast_2d(inputs))
        return outputs if inputs.ndim == 2 else outputs[0]

    def encode(
        self,
        table: str | Path,
        data: str | Path,
        *,
        define: Mapping[str, str] | None = None,
    ) -> Unseen:
        """The rows of a table as the voltages that `predict` takes.

        Args:
            table: a `.csv`, `.tsv` or `.txt` of samples in the units of the training data, labelled
                or not.
            data: the source, whose `data` block says how values become voltages.
            define: values for constants of that source.

        Raises:
            CompileError: the source is of another network, or the table is not of its data.
        """
        from imnnc.artifacts.reading import read_folder
        from imnnc.data.unseen import unseen_samples

        design, spec = source_of(Path(data), define, *read_folder(self.out))
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
        from imnnc.engine.progress import Silence
        from imnnc.files.manifest import renew_json, require_unedited
        from imnnc.measure.folder import VERIFICATION_FILE, verify_folder
        from imnnc.measure.simulation import Simulation

        sha256 = None if edited else require_unedited(self.out)
        with given_workers(workers, reporter or Silence()) as given:
            found = verify_folder(
                self.out,
                sha256=sha256,
                simulation=Simulation(
                    driver,
                    reduce,
                    jobs or available_jobs(),
                    timeout_seconds,
                    progress or Silence(),
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
        data: str | Path | None = None,
        *,
        define: Mapping[str, str] | None = None,
        edited: bool = False,
        prove: int = 20,
        seed: int = 1,
        driver: Driver = "pyspice",
        jobs: int | None = None,
        workers: Workers | str | None = None,
        reduce: bool = False,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress: Progress | None = None,
        reporter: Reporter | None = None,
    ) -> Evaluation:
        """Solve the operating points of any number of samples, and have ngspice check a few.

        Args:
            data: a source, whose test samples are taken, or a `.npz` file with `inputs` in volts
                and, if they are known, `targets`; None: the samples of the verification.
            define: values for constants of that source.
            edited: take the files as they are, though they are not as they were compiled.
            prove: how many samples ngspice simulates, drawn at random.
            seed: of that draw.
            driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
            jobs: number of processes; None: one a processor.
            workers: who simulates in place of those, as for `compile`.
            reduce: replace the first crossbar by its Thévenin equivalents.
            timeout_seconds: limit for each call of the simulator.
            progress: told how far it is.
            reporter: told of warnings; None: nobody is.

        Raises:
            CompileError: the samples are not of this network, the folder was edited, is damaged
                or holds what no circuit needs, an operating point is not found, or there is no
                working simulator.
        """
        from imnnc.engine.progress import Silence
        from imnnc.files.manifest import require_unedited
        from imnnc.measure.evaluate import evaluate_folder
        from imnnc.measure.simulation import Simulation

        sha256 = None if edited else require_unedited(self.out)
        inputs, targets = (None, None) if data is None else samples_of(Path(data), define or {})
        with given_workers(workers, reporter or Silence()) as given:
            return evaluate_folder(
                self.out,
                inputs,
                targets,
                sha256=sha256,
                prove=prove,
                seed=seed,
                simulation=Simulation(
                    driver,
                    reduce,
                    jobs or available_jobs(),
                    timeout_seconds,
                    progress or Silence(),
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


def compile(
    path: str | Path,
    out: str | Path | None = None,
    *,
    define: Mapping[str, str] | None = None,
    corner: str | None = None,
    method: str | None = None,
    seed: int | None = None,
    params: str | Path | None = None,
    driver: Driver = "pyspice",
    reduce: bool = False,
    settings: Sequence[str] = (),
    stop_after: str | None = None,
    dump_after: Sequence[str] = (),
    dump_to: str | Path | None = None,
    jobs: int | None = None,
    workers: Workers | str | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> Compilation:
    """Compile a source file into an output folder.

    What is known from earlier compiles is taken from the cache.  The output appears at once,
    when everything is done; where nothing has changed it is left as it is.

    Args:
        path: the source, a `.imnn` file.
        out: the output folder; None: `out/NETWORK`, by the name of the network.
        define: values for constants of the source, written as in the source.
        corner: the technology's corner, in place of the source's.
        method: the method to train by: the source's `train` block of that name, or one that is
            made of its first; None: the first.
        seed: the seed of the training, in place of the source's.
        params: a `params.npz` of an earlier compile, to compile from instead of training.
        driver: how the verification simulates: `pyspice` in process, `ngspice` as a process.
        reduce: replace the first crossbar by its Thévenin equivalents in the verification.
        settings: options of passes, each as `pass.option=value`.
        stop_after: the pass to stop after, before there is an output.
        dump_after: passes whose artifacts are written out to be read.
        dump_to: the folder for that; None: the folder `dump` of the output.
        jobs: number of worker processes; None: one a processor.
        workers: who computes in place of such processes: those of a cluster, such as
            `dask://host:8786` or `dask://local?n=2`, or an `imnnc.engine.workers.Workers`.
        timeout_seconds: limit for each call of a simulator.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.

    Raises:
        CompileError: with everything that a user can do something about.
        KeyboardInterrupt: ctrl-C; the next compile resumes.
    """
    from imnnc.engine.compiler import Request, compile_graph
    from imnnc.engine.progress import Silence
    from imnnc.engine.store import Store, default_folder
    from imnnc.passes.pipeline import Settings, build_graph, manifest_fields, roots

    design = load_design(Path(path), define or {}, corner=corner, method=method, seed=seed)
    watching = reporter or Silence()
    for warning in kit_warnings(design.technology):
        watching.diagnostic(warning)
    chosen = Settings(tuple(settings), None if params is None else Path(params), driver, reduce)
    graph = build_graph(design, chosen)
    folder = folder_of(design) if out is None else Path(out)
    request = Request(
        out=folder,
        stop_after=stop_after,
        dump_after=tuple(dump_after),
        dump_folder=None if dump_to is None else Path(dump_to),
        timeout_seconds=timeout_seconds,
    )
    store = Store(default_folder() if cache is None else Path(cache))
    with workers_or_local(workers, jobs, watching) as computing:
        outcome = compile_graph(
            graph,
            roots(design),
            manifest_fields(design, chosen, graph),
            request,
            store,
            watching,
            computing,
        )
    return Compilation(folder, outcome.changed, outcome.timings)


def passes(
    path: str | Path,
    *,
    define: Mapping[str, str] | None = None,
    corner: str | None = None,
    method: str | None = None,
    seed: int | None = None,
    params: str | Path | None = None,
    driver: Driver = "pyspice",
    reduce: bool = False,
    settings: Sequence[str] = (),
) -> PassGraph:
    """The passes of which `compile` with these arguments would consist."""
    from imnnc.passes.pipeline import Settings, build_graph

    design = load_design(Path(path), define or {}, corner=corner, method=method, seed=seed)
    stored = None if params is None else Path(params)
    return build_graph(design, Settings(tuple(settings), stored, driver, reduce))
