"""The subcircuit of a user's that cells are: what must be in its library."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imnnc.diagnostics import CompileError
from imnnc.models.cells import check_cell
from tests.support.cells import written
from tests.support.networks import technology


def check(folder, text: str) -> None:
    source = written(folder, text)
    kit = technology()
    check_cell(replace(kit, includes=(*kit.includes, source.library)), source)


@pytest.mark.parametrize(
    "text",
    [
        ".subckt my_cell p n g=1u\n.ends\n",
        ".SUBCKT My_Cell p n\n* a comment\n+ G = 1u b=2\n.ENDS\n",
        ".subckt my_cell p n params: b=2 g=1u\n.ends\n",
    ],
)
def test_two_pins_and_the_parameter_are_enough(tmp_path, text):
    check(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message", "notes"),
    [
        (
            ".subckt my_cel p n g=1\n.ends\n",
            "`cells.lib` must have a subcircuit `my_cell` for cells, it has none",
            ("its subcircuits are `my_cel`",),
        ),
        (
            "* nothing\n",
            "`cells.lib` must have a subcircuit `my_cell` for cells, it has none",
            (),
        ),
        (
            ".subckt my_cell p n s g=1\n.ends\n",
            "subcircuit `my_cell` of a cell must have two pins, its row and its column, not 3",
            ("its pins are `p`, `n`, `s`",),
        ),
        (
            ".subckt my_cell p n r=1\n.ends\n",
            "subcircuit `my_cell` of a cell must have the parameter `g`, it has none of that name",
            ("its parameters are `r`",),
        ),
    ],
)
def test_what_is_no_cell_is_told(tmp_path, text, message, notes):
    with pytest.raises(CompileError) as caught:
        check(tmp_path, text)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.notes) == ("IM307", message, notes)
