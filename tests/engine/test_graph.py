from dataclasses import dataclass
from typing import ClassVar

import pytest

from imnnc.diagnostics import CompileError, ExitCode
from imnnc.engine.graph import PassGraph
from tests.support.toys import Add, Aside, Count, Numbers, Root, Talk, Total, Write

GRAPH = PassGraph([Write(), Talk(), Add(), Count()], [Root])


def names(*targets: str) -> list[str]:
    return [pass_.name for pass_ in GRAPH.plan(targets)]


def test_order_follows_from_what_passes_require():
    assert names("write") == ["count", "add", "write"]


def test_only_ancestors_of_what_is_asked_for_are_planned():
    assert names("add") == ["count", "add"]
    assert names("talk") == ["talk"]
    assert names("talk", "count") == ["talk", "count"]


def test_an_artifact_has_one_provider():
    @dataclass(frozen=True)
    class AddAgain(Add):
        name: ClassVar[str] = "add-again"

    with pytest.raises(ValueError, match=r"^Total has two providers, one is add-again$"):
        PassGraph([Count(), Add(), AddAgain()], [Root])


def test_everything_required_is_provided():
    with pytest.raises(ValueError, match=r"^nothing provides the Numbers of add$"):
        PassGraph([Add()], [Root])


def test_passes_cannot_require_one_another():
    @dataclass(frozen=True)
    class Circular(Count):
        requires: ClassVar[tuple[type, ...]] = (Total,)

    with pytest.raises(ValueError, match=r"^passes require one another: "):
        PassGraph([Circular(), Add()], [Root])


def test_a_pass_name_of_the_user_that_does_not_exist_is_located_and_corrected():
    with pytest.raises(CompileError) as caught:
        GRAPH.named("ad", "--stop-after ad")
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.diagnostics[0].render() == (
        "error[IM700]: no pass is called `ad`\n"
        " --> command line:1:14\n"
        "  |\n"
        "1 | --stop-after ad\n"
        "  |              ^^\n"
        "  = note: there are `write`, `talk`, `add`, `count`\n"
        "  = help: did you mean `add`?"
    )


def test_text_shows_a_line_a_pass_in_running_order():
    assert GRAPH.text() == (
        "talk   Root -> Aside\n"
        "count  Root -> Numbers\n"
        "add    Numbers -> Total\n"
        "write  Total -> TotalFiles\n"
    )


def test_dot_shows_artifacts_on_the_edges():
    dot = GRAPH.dot()
    assert '    "count" -> "add" [label="Numbers"];\n' in dot
    assert '    "Root" -> "count";\n' in dot


def test_provider_of_an_artifact():
    assert GRAPH.provider(Numbers).name == "count"
    assert GRAPH.provider(Aside).name == "talk"
