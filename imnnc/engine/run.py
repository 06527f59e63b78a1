"""Running a plan: each pass whose results are not in the cache, and nothing else.

First every pass is looked up by its key, which needs only the fingerprints of its inputs;
artifacts are read when a pass that runs needs them.  Should one then turn out to be damaged,
its entry is dropped and the plan begins again, where everything else is found as before.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, fail
from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context, InterruptedPass, Reporter
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.store import Entry, Store, key
from imnnc.engine.workers import Workers
from imnnc.files.codec import Files, fingerprint
from imnnc.files.decoding import DamagedError
from imnnc.files.files import reason_of

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Timing:
    """How long a pass took, in this compile or in the one that its results come from."""

    name: str
    seconds: float
    cached: bool


@dataclass(frozen=True)
class _Result:
    """What one pass has provided: in memory, in the cache, or both."""

    pass_: Pass
    key: str
    fingerprints: tuple[str, ...]
    values: dict[int, object]
    entry: Entry | None
    warnings: tuple[Diagnostic, ...]  # that the pass gave


class Results:
    """The artifacts of a plan that has run, read from the cache when first asked for."""

    def __init__(self, roots: Mapping[type, object], store: Store) -> None:
        self._store = store
        self._roots = dict(roots)
        self._root_fingerprints = {kind: fingerprint(x) for kind, x in roots.items()}
        self._results: dict[type, tuple[_Result, int]] = {}
        self.timings: list[Timing] = []
        self.damaged: set[str] = set()  # keys

    def __contains__(self, kind: type) -> bool:
        return kind in self._roots or kind in self._results

    def __getitem__(self, kind: type[T]) -> T:
        if kind in self._roots:
            value = self._roots[kind]
            assert isinstance(value, kind)
            return value
        result, index = self._results[kind]
        if index not in result.values:
            assert result.entry is not None
            try:
                result.values[index] = result.entry.load(index, kind)
            except DamagedError:
                self._drop(kind)
                raise
        value = result.values[index]
        assert isinstance(value, kind)
        return value

    def fingerprint(self, kind: type) -> str:
        """The fingerprint of an artifact, which is not read for that."""
        if kind in self._roots:
            return self._root_fingerprints[kind]
        result, index = self._results[kind]
        return result.fingerprints[index]

    def provided(self, pass_: Pass) -> tuple[object, ...]:
        """All artifacts of one pass."""
        return tuple(self[kind] for kind in pass_.provides)

    def warnings(self) -> list[Diagnostic]:
        """Everything that the passes warned of, in the order of the plan."""
        results = {result.key: result for result, _ in self._results.values()}
        said = [x for result in results.values() for x in result.warnings]
        return [x for x in said if x.severity == "warning"]

    def keys(self) -> set[str]:
        """The keys of everything that the plan has provided."""
        return {result.key for result, _ in self._results.values()}

    def copy_files(self, folder: Path) -> None:
        """Copy every emitted file of the plan below `folder`, which exists."""
        for kind in self._files():
            try:
                self[kind].copy_to(folder)
            except DamagedError:
                self._drop(kind)
                raise

    def inputs(self, pass_: Pass) -> Artifacts:
        """What a pass requires."""
        return Artifacts({kind: self[kind] for kind in pass_.requires})

    def add(self, result: _Result) -> None:
        """Take up what a pass has provided."""
        for index, kind in enumerate(result.pass_.provides):
            self._results[kind] = (result, index)

    def drop_files(self, pass_: Pass) -> None:
        """Forget the emitted files that a pass requires: it has found damage among them."""
        for kind in self._files():
            if kind in pass_.requires:
                self._drop(kind)

    def _files(self) -> list[type[Files]]:
        return [kind for kind in self._results if issubclass(kind, Files)]

    def _drop(self, kind: type) -> None:
        result, _ = self._results[kind]
        self.damaged.add(result.key)
        self._store.remove(result.key)


@dataclass(frozen=True)
class Runner:
    """Runs plans of passes.

    Attributes:
        store: where results are looked up and kept.
        reporter: told what happens.
        workers: who computes for the passes.
        timeout_seconds: limit for each call of a simulator.
        device: where passes compute that can choose.
    """

    store: Store
    reporter: Reporter
    workers: Workers
    timeout_seconds: float
    device: Device = PROCESSOR

    def run(
        self,
        plan: Sequence[Pass],
        roots: Mapping[type, object],
        finish: Callable[[Results], R],
        after: Callable[[Pass, Results], None] = lambda _pass, _results: None,
    ) -> R:
        """Run the passes of `plan` in order, `after` each one, and `finish` on all results.

        `finish` and `after` may run more than once, as they may be the ones who find that an
        entry of the cache is damaged.

        Raises:
            CompileError: a pass failed.
            InterruptedPass: the user interrupted a pass.
        """
        computed: dict[str, _Result] = {}  # in this call, by key
        damaged: set[str] = set()
        self.store.remove_abandoned()
        try:
            with self.store.temporary() as temporary:
                while True:
                    results = Results(roots, self.store)
                    try:
                        for pass_ in plan:
                            self._take(pass_, results, computed, damaged, temporary)
                            pass_.accept(results)
                            after(pass_, results)
                        finished = finish(results)
                    except DamagedError:
                        if not results.damaged - damaged:
                            raise
                        damaged |= results.damaged
                        for lost in results.damaged:
                            computed.pop(lost, None)
                        continue
                    if any(not timing.cached for timing in results.timings):
                        self.store.trim(keep=results.keys())
                    return finished
        except BaseException:
            self.reporter.stopped()
            raise

    def _take(
        self,
        pass_: Pass,
        results: Results,
        computed: dict[str, _Result],
        damaged: set[str],
        temporary: Path,
    ) -> None:
        """Look the results of a pass up or run it."""
        inputs_known = tuple(results.fingerprint(kind) for kind in pass_.requires)
        name = key(pass_, inputs_known, self.device)

        def look_up() -> bool:
            entry = None if name in damaged else self.store.find(name, len(pass_.provides))
            if entry is None:
                return False
            for warning in entry.warnings:
                self.reporter.diagnostic(warning)
            self.reporter.cached(pass_.name)
            results.add(_Result(pass_, name, entry.fingerprints, {}, entry, entry.warnings))
            results.timings.append(Timing(pass_.name, entry.seconds, cached=True))
            return True

        if name in computed:
            results.add(computed[name])
            results.timings.append(Timing(pass_.name, 0.0, cached=False))
            return
        if look_up():
            return

        def waiting() -> None:
            self.reporter.diagnostic(
                Diagnostic(
                    "IM707",
                    f"waiting for another compile that runs pass `{pass_.name}` on the same inputs",
                    severity="note",
                )
            )

        try:
            with self.store.scratch(pass_.name, name, waiting) as scratch:
                if look_up():  # while waiting for the scratch folder
                    return
                inputs = results.inputs(pass_)
                result, seconds = self._run(pass_, name, inputs, scratch, temporary)
        except KeyboardInterrupt as interrupt:
            raise InterruptedPass(pass_.name) from interrupt
        except DamagedError:
            results.drop_files(pass_)
            raise
        computed[name] = result
        results.add(result)
        results.timings.append(Timing(pass_.name, seconds, cached=False))

    def _run(
        self,
        pass_: Pass,
        name: str,
        inputs: Artifacts,
        scratch: Path,
        temporary: Path,
    ) -> tuple[_Result, float]:
        warnings: list[Diagnostic] = []

        def warn(warning: Diagnostic) -> None:
            warnings.append(warning)
            self.reporter.diagnostic(warning)

        progress = self.reporter.started(pass_.name)
        context = Context(
            self.workers, scratch, temporary, progress, warn, self.timeout_seconds, self.device
        )
        start = time.perf_counter()
        try:
            values = pass_.run(inputs, context)
        except (OSError, CompileError) as error:
            # Writers of files that people name call it IM510; these files nobody has named.
            reason = error.__cause__ if isinstance(error, CompileError) else error
            if not isinstance(reason, OSError) or reason.errno not in _NO_ROOM:
                raise
            raise fail(
                "IM708",
                f"pass `{pass_.name}` cannot write its files: {reason_of(reason)}",
                notes=[f"they are made in the cache folder `{self.store.folder}`"],
                help="make room, or set `IMNNC_CACHE_DIR` to a folder elsewhere",
                exit_code=ExitCode.USAGE,
            ) from error
        seconds = time.perf_counter() - start
        if tuple(map(type, values)) != pass_.provides:
            raise TypeError(f"pass {pass_.name} returned {[type(x) for x in values]}")
        try:
            entry = self.store.put(name, values, seconds, tuple(warnings))
            fingerprints = entry.fingerprints
        except OSError as error:
            entry, fingerprints = None, tuple(map(fingerprint, values))
            self.reporter.diagnostic(
                Diagnostic(
                    "IM706",
                    f"the results of pass `{pass_.name}` cannot be kept in the cache: "
                    f"{reason_of(error)}",
                    notes=("this compile goes on; the next one will run the pass again",),
                    severity="warning",
                )
            )
        self.reporter.finished(pass_.name, seconds)
        result = _Result(pass_, name, fingerprints, dict(enumerate(values)), entry, tuple(warnings))
        return result, seconds
