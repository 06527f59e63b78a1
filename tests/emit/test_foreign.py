"""Netlists that name a library of their own simulator's: its file, its devices, its units."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imnnc.design import ForeignModels
from imnnc.resources import resource
from tests.support.foreign import emit, ngspice
from tests.support.networks import technology

GATE_FIRST = ("gate", "drain", "source", "bulk")
KIT = ForeignModels("spectre", "$KITS/o.scs", ("tt", "res"), "nch", "pch", GATE_FIRST, "X", 1e-6)


def test_spectre_names_the_file_its_sections_and_its_devices(tmp_path):
    emit(tmp_path, [3, 2], "spectre", kit=replace(technology(), foreign=(KIT,)))
    lines = (tmp_path / "sample.spectre.scs").read_text().splitlines()
    assert [x for x in lines if x.startswith("include") and "cells" not in x] == [
        'include "$KITS/o.scs" section=tt',
        'include "$KITS/o.scs" section=res',
    ]
    assert not any("models/" in x or "nlvt" in x or "plvt" in x for x in lines)
    assert "Xn (in out vss vss) nch w=0.12 l=0.1 m=size" in lines


def test_a_whole_file_is_read_where_no_section_is_named(tmp_path):
    models = replace(KIT, dialect="ltspice", file="C:/kits/o.lib", sections=())
    emit(tmp_path, [3, 2], "ltspice", kit=replace(technology(), foreign=(models,)))
    assert '.include "C:/kits/o.lib"\n' in (tmp_path / "sample.ltspice.sp").read_text()
    assert not (tmp_path / "sample.ltspice.models.inc").exists()


def test_the_other_dialects_have_the_models_beside_them(tmp_path):
    emit(tmp_path, [3, 2], "hspice", "xyce", kit=replace(technology(), foreign=(KIT,)))
    assert ".lib 'models/lvt90.lib' tt\n" in (tmp_path / "sample.hspice.sp").read_text()
    assert '.lib "models/lvt90.lib" tt\n' in (tmp_path / "sample.xyce.sp").read_text()


@pytest.mark.parametrize("dialect", ["hspice", "xyce"])
def test_a_kit_of_other_names_orders_and_units_has_the_same_operating_point(tmp_path, dialect):
    devices = "".join(
        f".subckt {name} g d s b w=1 l=1 ad=0 as=0 pd=0 ps=0 m=1\n"
        f"M1 d g s b {model} w={{w*1e-6}} l={{l*1e-6}} ad={{ad*1e-12}} as={{as*1e-12}}"
        " pd={pd*1e-6} ps={ps*1e-6} m={m}\n"
        f".ends {name}\n"
        for name, model in (("nch", "nlvt"), ("pch", "plvt"))
    )
    lvt90 = resource("technology") / "lvt90.lib"
    library = f'.lib typical\n.lib "{lvt90}" tt\n{devices}.endl typical\n'
    (tmp_path / "theirs.lib").write_text(library)
    models = replace(KIT, dialect=dialect, file="theirs.lib", sections=("typical",))
    emit(tmp_path, [4, 3, 2], dialect, kit=replace(technology(), foreign=(models,)))
    expected = ngspice(tmp_path, "sample.tb.ngspice.sp")
    found = ngspice(tmp_path, f"sample.tb.{dialect}.sp", "hs" if dialect == "hspice" else None)
    assert "nch" in (tmp_path / f"sample.{dialect}.sp").read_text()
    assert max(abs(found[name] - volts) for name, volts in expected.items()) < 1e-9
