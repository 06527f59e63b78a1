"""Who computes: processes of this machine, workers that are given, or those of a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imnnc.engine.cluster import ClusterWorkers
    from imnnc.engine.context import Reporter
    from imnnc.engine.workers import Workers


def available_jobs() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def given_workers(workers: Workers | str | None, reporter: Reporter) -> Iterator[Workers | None]:
    """The workers that are given, which stay; those of a cluster that is named; None: None."""
    if not isinstance(workers, str):
        yield workers
        return
    from imnnc.engine.cluster import ClusterWorkers
    from imnnc.engine.place import parse_place
    from imnnc.simulate.ngspice import kill_running

    with ClusterWorkers(parse_place(workers), kill_running, reporter.diagnostic) as cluster:
        yield cluster


def cluster_workers(cluster: object, wait_seconds: float = 60.0) -> ClusterWorkers:
    """The workers of a cluster that some part of dask has made, such as `dask_jobqueue`.

    They are given to `compile` and the others within a `with` block, which ends what they do and
    leaves the cluster as it is.  So many seconds without a worker are an error.
    """
    from imnnc.engine.cluster import ClusterWorkers
    from imnnc.engine.place import Place
    from imnnc.simulate.ngspice import kill_running

    return ClusterWorkers(Place(type(cluster).__name__, cluster, 0, wait_seconds), kill_running)


@contextmanager
def workers_or_local(
    workers: Workers | str | None, jobs: int | None, reporter: Reporter
) -> Iterator[Workers]:
    """The same; None: processes of this machine, ended here."""
    from imnnc.engine.workers import LocalProcesses
    from imnnc.simulate.ngspice import kill_running

    with given_workers(workers, reporter) as given:
        if given is not None:
            yield given
            return
        with LocalProcesses(jobs or available_jobs(), kill_running, reporter.diagnostic) as local:
            yield local
