"""The compiler from Python: the same as on the command line, with values instead of text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from imnnc.diagnostics import fail
from imnnc.lang import load_design, load_technology

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from imnnc.methods.base import Predictor
    from imnnc.passes.context import Progress, Reporter
    from imnnc.passes.graph import PassGraph
    from imnnc.passes.run import Timing
    from imnnc.passes.verification import Verification
    from imnnc.physics.table import InverterTable

Driver = Literal["pyspice", "ngspice"]

DEFAULT_TIMEOUT_SECONDS = 600.0
_BEYOND = 1 + 1e-6  # inputs may have been rounded to single precision


def available_jobs() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Compilation:
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
        from imnnc.emit.manifest import read_manifest

        return read_manifest(self.out)

    @cached_property
    def verification(self) -> dict[str, Any]:
        """The content of `verify.json`: what the compile has measured."""
        from imnnc.emit.files import read_json

        return read_json(self.out / "verify.json")

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of `summary.json`: curve fits, training, sizing, quantisation, shape."""
        from imnnc.emit.files import read_json

        return read_json(self.out / "summary.json")

    @property
    def passed(self) -> bool:
        """Whether the prediction error is within its tolerance."""
        return bool(self.verification["passed"])

    @cached_property
    def _predictor(self) -> Predictor:
        from imnnc.passes.parameters import load_predictor

        return load_predictor(self.out)

    def predict(self, x: ArrayLike) -> NDArray[np.float64]:
        """The voltages that the model of the circuit predicts at the read-out.

        Args:
            x: (S, N) volts of the plus rows of the inputs, or (N,) for one sample.

        Returns:
            (S, M) volts, V- of the output layer, or (M,) for one sample.

        Raises:
            CompileError: IM716 where `x` has another width, is not finite or beyond the rails.
        """
        import numpy as np

        inputs = np.asarray(x, dtype=np.float64)
        predictor = self._predictor
        width = predictor.parameters.layers[0].inputs
        if inputs.ndim not in (1, 2) or inputs.shape[-1] != width:
            raise fail(
                "IM716",
                f"the network has {width} inputs, the samples have the shape {inputs.shape}",
            )
        if not np.isfinite(inputs).all():
            raise fail("IM716", "inputs must be finite, some are not")
        if np.abs(inputs).max(initial=0.0) > predictor.supply_volts * _BEYOND:
            raise fail(
                "IM716",
                f"inputs must be volts between the rails, from -{predictor.supply_volts:g} to "
                f"{predictor.supply_volts:g}, some are beyond",
            )
        outputs = predictor.predict(np.atleast_2d(inputs))
        return outputs if inputs.ndim == 2 else outputs[0]

    def verify(
        self,
        *,
        driver: Driver = "pyspice",
        jobs: int | None = None,
        reduce: bool = False,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        progress: Progress | None = None,
    ) -> Verification:
        """Simulate the files of the output folder again, and compare with the prediction.

        Where the result differs from `verify.json`, that file and its entry in the manifest
        are written anew.

        Args:
            driver: `pyspice` simulates in worker processes, `ngspice` starts ngspice.
            jobs: number of worker processes; None: one a processor.
            reduce: replace the first crossbar by its Thévenin equivalents.
            timeout_seconds: limit for each call of the simulator.
            progress: told how far it is.

        Raises:
            CompileError: the folder is damaged or cannot be written, or there is no working
                simulator.
        """
        from imnnc.emit.manifest import renew_json
        from imnnc.passes.progress import Silence
        from imnnc.passes.verify import VERIFICATION_FILE, verify_folder

        found = verify_folder(
            self.out,
            driver=driver,
            jobs=jobs or available_jobs(),
            reduce=reduce,
            timeout_seconds=timeout_seconds,
            progress=progress or Silence(),
        )
        if renew_json(self.out, VERIFICATION_FILE, found.to_json()):
            # What was read of the two files before is no longer what they say.
            for name in ("verification", "manifest"):
                self.__dict__.pop(name, None)
        return found


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
    out: str | Path = "out",
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
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> Compilation:
    """Compile a source file into an output folder.

    What is known from earlier compiles is taken from the cache.  The output appears at once,
    when everything is done; where nothing has changed it is left as it is.

    Args:
        path: the source, a `.imnn` file.
        out: the output folder.
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
        timeout_seconds: limit for each call of a simulator.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.

    Raises:
        CompileError: with everything that a user can do something about.
        KeyboardInterrupt: ctrl-C; the next compile resumes.
    """
    from imnnc.passes.compiler import Request, compile_graph
    from imnnc.passes.pipeline import Settings, build_graph, manifest_fields, roots
    from imnnc.passes.progress import Silence
    from imnnc.passes.store import Store, default_folder

    design = load_design(Path(path), define or {}, corner=corner, method=method, seed=seed)
    chosen = Settings(tuple(settings), None if params is None else Path(params), driver, reduce)
    graph = build_graph(design, chosen)
    request = Request(
        out=Path(out),
        stop_after=stop_after,
        dump_after=tuple(dump_after),
        dump_folder=None if dump_to is None else Path(dump_to),
        jobs=jobs or available_jobs(),
        timeout_seconds=timeout_seconds,
    )
    store = Store(default_folder() if cache is None else Path(cache))
    outcome = compile_graph(
        graph,
        roots(design),
        manifest_fields(design, chosen, graph),
        request,
        store,
        reporter or Silence(),
    )
    return Compilation(Path(out), outcome.changed, outcome.timings)


def compare(
    path: str | Path,
    out: str | Path = "out",
    *,
    methods: Sequence[str] = ("phax", "rim", "latim"),
    seeds: Sequence[int] | None = None,
    samples: int | None = None,
    define: Mapping[str, str] | None = None,
    driver: Driver = "pyspice",
    reduce: bool = False,
    settings: Sequence[str] = (),
    jobs: int | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
    on_run: Callable[[str, int, int], None] = lambda _what, _number, _count: None,
) -> dict[str, Any]:
    """Train and compile a source by several methods, and have ngspice measure all alike.

    Writes `compare.json`, `compare.md` and `compare.svg` to the output folder, and each
    compile into a folder of its own below it.

    Args:
        path: the source, a `.imnn` file; each `train` block is the one of its method, and a
            method without one takes what it can from the first.
        out: the output folder.
        methods: in the order in which they are shown.
        seeds: of the training; None: the source's alone.  Sweeps always have the source's.
        samples: test samples to simulate; None: as many as the source says.
        define: values for constants of the source, written as in the source.
        driver: how ngspice is run.
        reduce: replace the first crossbar by its Thévenin equivalents.
        settings: options of passes, each as `pass.option=value`, for every method.
        jobs: number of worker processes; None: one a processor.
        timeout_seconds: limit for each call of a simulator.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.
        on_run: told which run begins, its number and how many there are.

    Returns:
        The content of `compare.json`.

    Raises:
        CompileError: with everything that a user can do something about.
        KeyboardInterrupt: ctrl-C; the next call goes on from there.
    """
    from imnnc.compare.output import write_comparison
    from imnnc.compare.runs import Plan
    from imnnc.compare.runs import compare as run_all
    from imnnc.passes.progress import Silence
    from imnnc.passes.store import Store, default_folder

    folder = Path(out)
    known = [load_design(Path(path), define or {}, method=x).train.method for x in methods]
    plan = Plan(
        path=Path(path),
        methods=tuple(dict.fromkeys(known)),
        seeds=tuple(dict.fromkeys(seeds or (load_design(Path(path), define or {}).train.seed,))),
        define=define or {},
        options=tuple(settings),
        samples=samples,
        driver=driver,
        reduce=reduce,
        jobs=jobs or available_jobs(),
        timeout_seconds=timeout_seconds,
    )
    store = Store(default_folder() if cache is None else Path(cache))
    comparison = run_all(plan, folder, store, reporter or Silence(), on_run)
    return write_comparison(comparison, folder)


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


def characterize(
    technology: str,
    *,
    corner: str | None = None,
    temperature_celsius: float | None = None,
    supply_volts: float | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> InverterTable:
    """The unit inverter of a technology that comes with the compiler, as ngspice measures it.

    Args:
        technology: its name.
        corner: None: the technology's own; so for the temperature and the supply.
        temperature_celsius: of the devices.
        supply_volts: rails are at plus and minus this.
        timeout_seconds: limit for each call of ngspice.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.

    Raises:
        CompileError: there is no such technology or corner, or no working ngspice.
    """
    from imnnc.design import Technology
    from imnnc.emit.models import model_files
    from imnnc.passes.characterize import Characterize, InverterTables, ModelFiles
    from imnnc.passes.graph import PassGraph
    from imnnc.passes.progress import Silence
    from imnnc.passes.run import Runner
    from imnnc.passes.store import Store, default_folder

    known = load_technology(technology)
    chosen = replace(
        known,
        corner=known.corner if corner is None else corner,
        temperature_celsius=(
            known.temperature_celsius if temperature_celsius is None else temperature_celsius
        ),
        supply_volts=known.supply_volts if supply_volts is None else supply_volts,
    )
    graph = PassGraph([Characterize()], [Technology, ModelFiles])
    store = Store(default_folder() if cache is None else Path(cache))
    runner = Runner(store, reporter or Silence(), 1, timeout_seconds)
    return runner.run(
        graph.plan([Characterize.name]),
        {Technology: chosen, ModelFiles: ModelFiles(tuple(model_files(chosen).values()))},
        lambda results: results[InverterTables].design,
    )


def write_inverter_table(table: InverterTable, path: str | Path) -> None:
    """Write a table as `.npz`: the two arrays of currents, the scalars as JSON in `meta`.

    Raises:
        CompileError: the file cannot be written.
    """
    from imnnc.emit.files import write_npz

    scalars = asdict(table)
    arrays = {name: scalars.pop(name) for name in ("output_amperes", "rail_amperes")}
    write_npz(Path(path), arrays, scalars)
