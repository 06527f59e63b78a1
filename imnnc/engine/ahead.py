"""One pass of several plans, side by side on the workers, before the plans are run one by one.

Within a plan passes run one after the other, and most of them give the workers no jobs.  What is
run here is kept in the cache, where the plans then find it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import as_completed
from contextlib import ExitStack, suppress
from pathlib import Path

from imnnc.diagnostics import Diagnostic
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context, InterruptedPass
from imnnc.engine.device import Device
from imnnc.engine.graph import PassGraph
from imnnc.engine.parcel import Parcel
from imnnc.engine.progress import Silence
from imnnc.engine.run import Results, Runner
from imnnc.engine.store import key
from imnnc.engine.workers import Alone
from imnnc.scratch import reachable, temporary_folder


def run_ahead(
    runner: Runner, graphs: Sequence[tuple[PassGraph, Mapping[type, object]]], name: str
) -> None:
    """Run pass `name` of every graph, each with its roots, where its results are not known yet.

    The pass must provide no files, and give no jobs to workers.  What an interruption leaves in its
    scratch folder another try goes on from, where the worker can see that folder.

    Raises:
        CompileError: as the pass does, or one that it needs.
        InterruptedPass: the user interrupted it.
    """
    waiting: dict[str, tuple[Pass, Artifacts]] = {}
    for graph, roots in graphs:
        *before, last = graph.plan([name])

        def look_up(results: Results, last: Pass = last) -> None:
            known = tuple(results.fingerprint(kind) for kind in last.requires)
            found = key(last, known, runner.device)
            if runner.store.find(found, len(last.provides)) is None:
                waiting[found] = last, results.inputs(last)

        runner.run(before, roots, look_up)
    if not waiting:
        return
    progress = runner.reporter.started(name)
    begun = time.perf_counter()
    try:
        with ExitStack() as stack:
            jobs = {}
            for found, (pass_, inputs) in waiting.items():
                # Another compile that has it will have come to the same results.
                scratch = stack.enter_context(runner.store.scratch(name, found, lambda: None))
                job = runner.workers.executor.submit(
                    _run, pass_, Parcel(inputs), scratch, runner.timeout_seconds, runner.device
                )
                jobs[job] = found
            for done, job in enumerate(as_completed(jobs), 1):
                values, seconds, warnings = job.result()
                with suppress(OSError):  # it is run again, and then says what is wrong
                    runner.store.put(jobs[job], values, seconds, warnings)
                progress.update(done / len(jobs), f"{done} of {len(jobs)} side by side")
    except KeyboardInterrupt as interrupt:
        runner.reporter.stopped()
        raise InterruptedPass(name) from interrupt
    except BaseException:
        runner.reporter.stopped()
        raise
    runner.reporter.finished(name, time.perf_counter() - begun)


def _run(
    pass_: Pass, inputs: Parcel[Artifacts], scratch: Path, timeout_seconds: float, device: Device
) -> tuple[tuple[object, ...], float, tuple[Diagnostic, ...]]:
    """A pass in a worker: what it provides, its seconds, its warnings."""
    warnings: list[Diagnostic] = []
    begun = time.perf_counter()
    with reachable(scratch / "checkpoint") as checkpoint, temporary_folder() as temporary:
        context = Context(
            Alone(),
            checkpoint.parent,
            temporary,
            Silence(),
            warnings.append,
            timeout_seconds,
            device,
        )
        values = pass_.run(inputs.value, context)
    return values, time.perf_counter() - begun, tuple(warnings)
