"""A pass of several plans, side by side on the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError
from imnnc.engine.ahead import run_ahead
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Results, Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import LocalProcesses
from tests.support.toys import Add, Count, Root, Silent, Total, runs

SCALES = (1.0, 2.0, 3.0)


def graphs(folder: Path, scales: tuple[float, ...] = SCALES) -> list:
    passes = [[Count(3, str(folder)), Add(str(folder), scale)] for scale in scales]
    return [(PassGraph(x, [Root]), {Root: Root(1)}) for x in passes]


def test_plans_find_what_was_run_ahead(tmp_path):
    reporter = Silent()
    with LocalProcesses(2) as workers:
        runner = Runner(Store(tmp_path / "cache"), reporter, workers, 10.0)
        run_ahead(runner, graphs(tmp_path), "add")
        assert sorted(runs(tmp_path)) == ["add", "add", "add", "count"]

        def total(results: Results) -> float:
            return results[Total].value

        found = [runner.run(graph.plan(["add"]), roots, total) for graph, roots in graphs(tmp_path)]
        assert found == [6.0, 12.0, 18.0]
        run_ahead(runner, graphs(tmp_path), "add")
        assert len(runs(tmp_path)) == 4
    assert reporter.heard.count("started add") == 1


def test_what_fails_ahead_fails_and_what_it_warns_of_is_told_when_its_turn_comes(tmp_path):
    reporter = Silent()
    with LocalProcesses(1) as workers:
        runner = Runner(Store(tmp_path / "cache"), reporter, workers, 10.0)
        with pytest.raises(CompileError, match=r"(?m)^the scale must be positive$"):
            run_ahead(runner, graphs(tmp_path, (-1.0,)), "add")
        run_ahead(runner, graphs(tmp_path, (0.0,)), "add")
        assert reporter.diagnostics == []
        ((graph, roots),) = graphs(tmp_path, (0.0,))
        runner.run(graph.plan(["add"]), roots, lambda _: None)
    (warning,) = reporter.diagnostics
    assert warning.message == "the scale is 0"
