"""The device of a compile: it reaches the passes that can choose, and their keys alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imnnc.engine.base import Artifacts, Pass
from imnnc.engine.context import Context
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.graph import PassGraph
from imnnc.engine.run import Runner
from imnnc.engine.store import Store, key
from imnnc.engine.workers import Alone
from tests.support.toys import Aside, Count, Root, Silent, runs

CARD = Device("cuda:1", "H100")


@dataclass(frozen=True)
class Say(Pass):
    """The name of the device."""

    name: ClassVar[str] = "say"
    version: ClassVar[int] = 1
    on_device: ClassVar[bool] = True
    requires: ClassVar[tuple[type, ...]] = (Root,)
    provides: ClassVar[tuple[type, ...]] = (Aside,)

    def run(self, inputs: Artifacts, context: Context) -> tuple[object, ...]:
        return (Aside(context.device.name),)


def test_only_what_computes_on_a_device_has_it_in_its_key():
    assert key(Count(), ("a",), CARD) == key(Count(), ("a",))
    here = key(Say(), ("a",))
    assert here == key(Say(), ("a",), PROCESSOR)
    there = key(Say(), ("a",), CARD)
    assert there != here
    assert there == key(Say(), ("a",), Device("cuda", "H100"))
    assert there != key(Say(), ("a",), Device("cuda", "A100"))


def test_results_of_the_processor_are_not_those_of_a_card(tmp_path):
    graph = PassGraph([Count(3, str(tmp_path)), Say()], [Root])

    def said(device: Device) -> str:
        runner = Runner(Store(tmp_path / "cache"), Silent(), Alone(), 10.0, device)
        plan = graph.plan(["say", "count"])
        return runner.run(plan, {Root: Root(1)}, lambda results: results[Aside].text)

    assert [said(x) for x in (PROCESSOR, CARD, PROCESSOR)] == ["cpu", "cuda:1", "cpu"]
    assert runs(tmp_path) == ["count"]
