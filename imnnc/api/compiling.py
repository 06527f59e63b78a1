"""Compiling a source, and the passes of which that consists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.compilation import Compilation
from imnnc.api.computing import workers_or_local
from imnnc.api.networks import Network
from imnnc.api.origin import folder_of, opened
from imnnc.engine.device import PROCESSOR
from imnnc.lang import kit_warnings
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

if TYPE_CHECKING:
    from imnnc.engine.context import Reporter
    from imnnc.engine.graph import PassGraph
    from imnnc.engine.workers import Workers


def compile(
    path: str | Path | Network,
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
    device: str = PROCESSOR.name,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
) -> Compilation:
    """Compile a source file, or a network made in Python, into an output folder.

    What is known from earlier compiles is taken from the cache.  The output appears at once,
    when everything is done; where nothing has changed it is left as it is.

    Args:
        path: the source, a `.imnn` file, or a `Network`.
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
        device: what solves and trains: `cpu`, or a GPU that torch has, such as `cuda` or `cuda:1`;
            the machines of a cluster's workers must have it as well.
        timeout_seconds: limit for each call of a simulator.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.

    Raises:
        CompileError: with everything that a user can do something about.
        KeyboardInterrupt: ctrl-C; the next compile resumes.
    """
    from imnnc.engine.compiler import Request, compile_graph
    from imnnc.engine.notebook import watcher
    from imnnc.engine.store import Store, default_folder
    from imnnc.passes.pipeline import Settings, build_graph, manifest_fields, roots
    from imnnc.physics.devices import find_device

    computes = find_device(device)
    with opened(path) as origin:
        design = origin.design(define, corner=corner, method=method, seed=seed)
        watching = watcher(reporter)
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
            device=computes,
        )
        store = Store(default_folder() if cache is None else Path(cache))
        with workers_or_local(workers, jobs, watching) as computing:
            outcome = compile_graph(
                graph,
                roots(design),
                manifest_fields(design, chosen, graph, computes),
                request,
                store,
                watching,
                computing,
            )
        return Compilation(folder, outcome.changed, outcome.timings)


def passes(
    path: str | Path | Network,
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

    stored = None if params is None else Path(params)
    with opened(path) as origin:
        design = origin.design(define, corner=corner, method=method, seed=seed)
        return build_graph(design, Settings(tuple(settings), stored, driver, reduce))
