"""Comparing methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from imnnc.api.computing import workers_or_local
from imnnc.api.networks import Network
from imnnc.api.origin import folder_of, opened
from imnnc.api.results import ComparisonResult, comparison_result
from imnnc.diagnostics import ExitCode, fail
from imnnc.engine.device import PROCESSOR
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver
from imnnc.tasks import ChipsSpec

if TYPE_CHECKING:
    from imnnc.design import Design
    from imnnc.engine.context import Reporter
    from imnnc.engine.workers import Workers


def compare(
    path: str | Path | Network,
    out: str | Path | None = None,
    *,
    methods: Sequence[str] = ("phax", "rim", "latim"),
    seeds: Sequence[int] | None = None,
    samples: int | None = None,
    chips: int | None = None,
    define: Mapping[str, str] | None = None,
    driver: Driver = "pyspice",
    reduce: bool = False,
    settings: Sequence[str] = (),
    jobs: int | None = None,
    workers: Workers | str | None = None,
    device: str = PROCESSOR.name,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    cache: str | Path | None = None,
    reporter: Reporter | None = None,
    adapt: Callable[[Design], Design] = lambda design: design,
    on_run: Callable[[str, int, int], None] = lambda _what, _number, _count: None,
) -> ComparisonResult:
    """Train and compile a source by several methods, and have ngspice measure all alike.

    Writes `compare.json`, `compare.md` and `compare.svg` to the output folder, and each
    compile into a folder of its own below it.

    Args:
        path: the source, a `.imnn` file, or a `Network`; each `train` block is the one of its
            method, and a method without one takes what it can from the first.
        out: the output folder; None: `out/NETWORK`, by the name of the network.
        methods: in the order in which they are shown.
        seeds: of the training; None: the source's alone.  Sweeps always have the source's.
        samples: test samples to simulate; None: as many as the source says.
        chips: on how many chips to compare as well; None: as the source's `chips` block says, on
            none where it has none.  All methods then train for one circuit, and those whose `train`
            block has `chips on` or `corners` once more as it says; RIM once more with the resistor
            that chips do best with.
        define: values for constants of the source, written as in the source.
        driver: how ngspice is run.
        reduce: replace the first crossbar by its Thévenin equivalents.
        settings: options of passes, each as `pass.option=value`, for every method.
        jobs: number of worker processes; None: one a processor.
        workers: who computes in place of such processes, as for `compile`.
        device: what solves and trains, as for `compile`.
        timeout_seconds: limit for each call of a simulator.
        cache: the cache folder; None: `IMNNC_CACHE_DIR`, else the user's cache.
        reporter: told what happens; None: nobody is.
        adapt: what to make of the source's design, method by method, before it is compiled, such
            as other values to sweep; what the language would check of them is not checked.
        on_run: told which run begins, its number and how many there are.

    Returns:
        What was found, as a table of methods, and a mapping of the content of `compare.json`.

    Raises:
        CompileError: with everything that a user can do something about.
        KeyboardInterrupt: ctrl-C; the next call goes on from there.
    """
    from imnnc.compare.output import write_comparison
    from imnnc.compare.runs import Plan
    from imnnc.compare.runs import compare as run_all
    from imnnc.engine.notebook import watcher
    from imnnc.engine.store import Store, default_folder
    from imnnc.physics.devices import find_device

    computes = find_device(device)
    if not methods:
        raise fail("IM703", "`methods` must name one or more", exit_code=ExitCode.USAGE)
    with opened(path) as origin:
        known = [origin.design(define, method=x).train.method for x in methods]
        design = origin.design(define)
        folder = folder_of(design) if out is None else Path(out)
        asked = design.chips
        if chips is not None:
            asked = replace(asked or ChipsSpec(), count=chips)
        plan = Plan(
            path=origin.path,
            edited=origin.edited,
            methods=tuple(dict.fromkeys(known)),
            seeds=tuple(dict.fromkeys(seeds or (design.train.seed,))),
            define=define or {},
            options=tuple(settings),
            samples=samples,
            driver=driver,
            reduce=reduce,
            timeout_seconds=timeout_seconds,
            device=computes,
            adapt=lambda found: adapt(origin.adapted(found)),
            chips=design.chips
            if chips is None
            else replace(design.chips or ChipsSpec(), count=chips),
        )
        store = Store(default_folder() if cache is None else Path(cache))
        watching = watcher(reporter)
        with workers_or_local(workers, jobs, watching) as computing:
            comparison = run_all(plan, folder, store, watching, computing, on_run)
        return comparison_result(folder, write_comparison(comparison, folder))
