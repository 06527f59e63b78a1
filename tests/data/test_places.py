"""What is wrong with samples is shown at the setting that is to blame."""

from __future__ import annotations

from pathlib import Path

import pytest

from imnnc.data import load_dataset
from imnnc.data.dataset import data_files
from imnnc.design import Design
from imnnc.diagnostics import CompileError
from imnnc.lang import load_design

SOURCE = """\
technology lvt90
memristor tio2 { conductance 120 nS .. 1 uS   levels 64 }
network net { input x[2] in -0.25 V .. 0.25 V   output y[2] { inverter size 1 .. 10 } }
data { DATA }
train latim { loss cross_entropy }
"""
ROWS = "0.1,0.2,0\n0.3,0.4,1\n"


def load(design: Design) -> None:
    data_files(design.data)
    load_dataset(design.data, design.network, "cross_entropy", 1)


def place(folder: Path, data: str) -> str:
    """The code of the one error that these settings lead to, and what stands where it points."""
    source = folder / "net.imnn"
    source.write_text(SOURCE.replace("DATA", data))
    design = load_design(source)
    with pytest.raises(CompileError) as caught:
        load(design)
    (found,) = caught.value.diagnostics
    return f"{found.code} {found.span.source.text[found.span.start : found.span.end]}"


@pytest.mark.parametrize(
    ("data", "code", "blamed"),
    [
        ('file "none.csv"   train 1', "IM201", 'file "none.csv"'),
        ('file "a.csv"   test_file "none.csv"', "IM201", 'test_file "none.csv"'),
        ('file "wide.csv"', "IM207", 'file "wide.csv"'),
        ('file "a.csv"   test_file "wide.csv"', "IM207", 'test_file "wide.csv"'),
        ('file "a.csv"   train 7   test 1', "IM213", "train 7"),
        ('file "a.csv"   test_file "a.csv"   test 3', "IM213", "test 3"),
        ('file "two.csv"   labels "none.csv"', "IM201", 'labels "none.csv"'),
    ],
)
def test_it_is_shown_where_it_is_said(tmp_path, data, code, blamed):
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "two.csv").write_text("0.1,0.2\n0.3,0.4\n")
    (tmp_path / "wide.csv").write_text("0.1,0.2,0.3,0\n0.3,0.4,0.5,1\n")
    assert place(tmp_path, data) == f"{code} {blamed}"
