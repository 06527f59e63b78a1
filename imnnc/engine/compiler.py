"""One compile: plan the passes, run those that have to, put the output in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imnnc.engine.base import Pass
from imnnc.engine.context import Reporter
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.dump import dump
from imnnc.engine.graph import PassGraph
from imnnc.engine.output import DUMP_FOLDER, check_output, write_output
from imnnc.engine.run import Results, Runner, Timing
from imnnc.engine.store import Store
from imnnc.engine.workers import Workers
from imnnc.files.manifest import write_manifest


@dataclass(frozen=True)
class Request:
    """What is wanted of a compile, besides the design.

    Attributes:
        out: the output folder.
        timeout_seconds: limit for each call of a simulator.
        stop_after: the pass to stop after; None: go through to the output.
        dump_after: the passes whose artifacts are written for people to read.
        dump_folder: where to; None: the folder `dump` of the output.
        device: where passes compute that can choose.
    """

    out: Path
    timeout_seconds: float
    stop_after: str | None = None
    dump_after: tuple[str, ...] = ()
    dump_folder: Path | None = None
    device: Device = PROCESSOR


@dataclass(frozen=True)
class Outcome:
    """What a compile has done.  `changed` is None where it stopped before the output."""

    changed: bool | None
    timings: tuple[Timing, ...]


def compile_graph(
    graph: PassGraph,
    roots: Mapping[type, object],
    manifest: Mapping[str, Any],
    request: Request,
    store: Store,
    reporter: Reporter,
    workers: Workers,
) -> Outcome:
    """Run the passes of `graph` that the request needs, and write the output.

    Args:
        graph: all passes.
        roots: the artifacts that are there from the beginning.
        manifest: what the manifest says besides the files; see `write_manifest`.
        request: how far to go, and where to.
        store: the cache.
        reporter: told what happens.
        workers: who computes for the passes.

    Raises:
        CompileError: a pass failed, or the output cannot be written; it is then as it was.
        InterruptedPass: the user interrupted a pass.
    """
    if request.stop_after is None:
        targets = list(graph.passes)
        check_output(request.out)
    else:
        targets = [graph.named(request.stop_after, f"--stop-after {request.stop_after}").name]
    dumped = {graph.named(name, f"--dump-after {name}").name for name in request.dump_after}
    plan = graph.plan([*targets, *dumped])
    dump_folder = request.dump_folder or request.out / DUMP_FOLDER

    def after(pass_: Pass, results: Results) -> None:
        if pass_.name in dumped:
            dump(pass_, results.provided(pass_), dump_folder)

    def finish(results: Results) -> Outcome:
        changed = None
        if request.stop_after is None:

            def fill(folder: Path) -> None:
                results.copy_files(folder)
                codes = sorted({x.code for x in results.warnings()})
                write_manifest(folder, {**manifest, **({"warnings": codes} if codes else {})})

            changed = write_output(request.out, fill, _timings_json(results.timings))
        return Outcome(changed, tuple(results.timings))

    runner = Runner(store, reporter, workers, request.timeout_seconds, request.device)
    return runner.run(plan, roots, finish, after)


def _timings_json(timings: list[Timing]) -> dict[str, object]:
    return {
        "schema": 1,
        "passes": [
            {"pass": x.name, "seconds": round(x.seconds, 3), "cached": x.cached} for x in timings
        ],
    }
