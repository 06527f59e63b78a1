"""The copies of a library are read as ngspice reads the library itself, wherever it lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imnnc.diagnostics import CompileError
from imnnc.models.layout import copy_models
from imnnc.simulate.ngspice import run_circuit
from imnnc.simulate.staging import stage
from tests.support.kits import ONE, THREE, TWO, guarded_ohms, kit, ohms, section, write

LAYOUTS = {
    "a file beside": {"kit/top.lib": section(".inc a.inc"), "kit/a.inc": ONE},
    "a folder with a blank": {
        "kit/top.lib": section(".include 'my dir/a b.inc'"),
        "kit/my dir/a b.inc": ONE,
    },
    "a name that a netlist cannot have": {
        "kit/top.lib": section('.include "kitä/a,b$c.inc"').encode().decode("latin-1"),
        "kit/kitä/a,b$c.inc": ONE,
    },
    "comments in other letters": {
        "kit/top.lib": section("Rm d 0 1 ; \xb5m").replace("* a", "* \xb5"),
    },
    "other words for include": {"kit/top.lib": section(".INCL a.inc"), "kit/a.inc": ONE},
    "a library by another word": {
        "kit/top.lib": section(".library b.lib ff"),
        "kit/b.lib": section(ONE, "FF"),
    },
    "a card in several lines": {
        "kit/top.lib": section(".lib 'b.lib'\n* between\n+ \"FF\" $ comment"),
        "kit/b.lib": section(ONE, "ff"),
    },
    "the line ends of another system": {
        "kit/top.lib": section('.include "a.inc"').replace("\n", "\r\n"),
        "kit/a.inc": ONE,
    },
    "comments behind a name": {
        "kit/top.lib": section(".include a.inc;b\n.lib b.lib ff//c"),
        "kit/a.inc": "Rn d 0 1\n",
        "kit/b.lib": section(ONE, "ff"),
    },
    "a section in the same file": {
        "kit/top.lib": section('.lib "top.lib" ff') + section(ONE, "ff")
    },
    "the first of two sections of a name": {"kit/top.lib": section(ONE) + section(TWO)},
    "a section that another one begins before": {"kit/top.lib": ".lib ff\n" + section(ONE)},
    "a library that is a link": {
        "kit/top.lib": Path("../store/5d41"),
        "store/5d41": section(".include a.inc"),
        "store/a.inc": ONE,
        "kit/a.inc": TWO,
    },
    "an included file that is a link": {
        "kit/top.lib": section(".include a.inc"),
        "kit/a.inc": Path("../store/5d41"),
        "store/5d41": ".include b.inc\n",
        "store/b.inc": ONE,
        "kit/b.inc": TWO,
    },
    "a library that a library names, by a link": {
        "kit/top.lib": section(".lib b.lib ff"),
        "kit/b.lib": Path("../store/5d41"),
        "store/5d41": section(".include a.inc", "ff"),
        "store/a.inc": ONE,
        "kit/a.inc": TWO,
    },
    "a folder that is a link to a link": {
        "kit": Path("current"),
        "current": Path("kits/v2"),
        "kits/v2/top.lib": section(".include sub/a.inc"),
        "kits/v2/sub/a.inc": ".include ../b.inc\n",
        "kits/v2/b.inc": ONE,
        "b.inc": TWO,
    },
    "a library that an included file names is beside the library": {
        "kit/top.lib": section(".include sub/a.inc"),
        "kit/sub/a.inc": '.lib "b.lib" ff\n',
        "kit/b.lib": section(ONE, "ff"),
        "kit/sub/b.lib": section(TWO, "ff"),
    },
    "a folder that is left and entered again": {
        "kit/top.lib": section(".include ../kit/a.inc"),
        "kit/a.inc": ONE,
    },
    "a missing file in text that is not read": {
        "kit/top.lib": ".lib none.lib ff\n" + section(ONE),
    },
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_ngspice_reads_the_same_of_a_library_and_of_its_copies(name: str, tmp_path: Path):
    of = kit(tmp_path / "by hand", LAYOUTS[name])
    os.symlink(tmp_path / "by hand", tmp_path / "hand")
    (tmp_path / "run").mkdir()
    by_hand = ohms(tmp_path / "run", "../hand/kit/top.lib")
    copy_models(of, tmp_path / "copy")
    assert by_hand is not None
    assert ohms(tmp_path / "copy", "models/top.lib") == by_hand
    assert guarded_ohms(tmp_path / "copy") == by_hand


ABLER = {
    "a missing file in a section that is not used": {
        "kit/top.lib": section(ONE) + section(".include none.inc", "ff")
    },
    "a missing file outside of sections": {"kit/top.lib": ".include none.inc\n" + section(ONE)},
    "a file beside the link and not beside the library": {
        "kit/top.lib": Path("../store/5d41"),
        "store/5d41": section(".include a.inc"),
        "kit/a.inc": ONE,
    },
    "a file beside what an included file is a link to": {
        "kit/top.lib": section(".include a.inc"),
        "kit/a.inc": Path("../store/5d41"),
        "store/5d41": ".include b.inc\n",
        "store/b.inc": ONE,
    },
    "a file beside a link on the way to the library": {
        "kit/top.lib": Path("../v2/top.lib"),
        "v2/top.lib": Path("../store/5d41"),
        "store/5d41": section(".include a.inc"),
        "v2/a.inc": ONE,
    },
    "a library beside the included file that names it": {
        "kit/top.lib": section(".include sub/a.inc"),
        "kit/sub/a.inc": '* a\n.lib "b.lib" ff\n',
        "kit/sub/b.lib": section(ONE, "ff"),
    },
}


@pytest.mark.parametrize("name", ABLER)
def test_copies_can_be_read_where_ngspice_alone_ends(name: str, tmp_path: Path):
    of = kit(tmp_path, ABLER[name])
    (tmp_path / "run").mkdir()
    assert ohms(tmp_path / "run", "../kit/top.lib") != 1
    copy_models(of, tmp_path / "copy")
    assert ohms(tmp_path / "copy", "models/top.lib") == 1
    assert guarded_ohms(tmp_path / "copy") == 1


def test_files_that_are_named_from_the_root_or_from_home_come_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    elsewhere = tmp_path / "pdks/a/libs/more.lib"
    of = kit(
        tmp_path,
        {
            "kit/top.lib": section(
                f".lib {elsewhere} ff\n.include ~/b.inc\n.include '{tmp_path}/kit/c.inc'"
            ),
            "pdks/a/libs/more.lib": section('.include "../../ref/n.inc"', "ff"),
            "pdks/ref/n.inc": "Rm d 0 3\n",
            "me/b.inc": "Rn d 0 3\n",
            "kit/c.inc": "Ro d 0 3\n",
        },
    )
    root = f"models/elsewhere{tmp_path}/pdks"
    assert copy_models(of, tmp_path / "copy") == [
        "models/c.inc",
        f"{root}/a/libs/more.lib",
        f"{root}/ref/n.inc",
        "models/from_home/b.inc",
        "models/top.lib",
    ]
    text = (tmp_path / "copy/models/top.lib").read_text()
    assert text.startswith("* Changed by imnnc: files that are read are named as they lie here")
    assert str(tmp_path) not in text.replace(root.removeprefix("models/"), "")
    assert ohms(tmp_path / "copy", "models/top.lib") == 1
    assert guarded_ohms(tmp_path / "copy") == 1


def test_a_library_that_is_named_by_a_file_of_the_netlist_is_beside_that_file(tmp_path: Path):
    of = kit(
        tmp_path,
        {
            "kit/top.lib": section("Rx d 0 1e6"),
            "kit/top.inc": ".lib b.lib ff\n",
            "kit/b.lib": section(ONE, "ff"),
        },
        includes=(tmp_path / "kit/top.inc",),
    )
    copy_models(of, tmp_path)
    write(tmp_path, {"tb.sp": '* a bench\n.include "models/top.inc"\nV1 d 0 1\n.end\n'})
    deck = stage(tmp_path / "tb.sp", tmp_path / "staged")
    run = run_circuit(
        deck, ["op", "write result.raw i(v1)"], workdir=tmp_path / "run", timeout_seconds=20
    )
    assert run.require(["i(v1)"])[0].real == pytest.approx([-1])


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        (
            {"kit/top.lib": section(".lib top.lib tt")},
            "IM504",
            "`top.lib` must not include itself",
        ),
        (
            {"kit/top.lib": section(".include a.inc"), "kit/a.inc": ".include ./a.inc\n"},
            "IM504",
            "`a.inc` must not include itself",
        ),
        (
            {"kit/top.lib": section('.lib "top.lib" ff')},
            "IM504",
            "`top.lib` must have a section `ff`",
        ),
        (
            {"kit/top.lib": ".lib tt\n" + section(ONE, "ff")},
            "IM504",
            "section `tt` of `top.lib` must end with `.endl` before another one begins or the "
            "file ends",
        ),
        (
            {"kit/top.lib": section(".include $PDK/a.inc $ of the foundry")},
            "IM504",
            "a card that reads a file must name it, `top.lib` has "
            "`.include $PDK/a.inc $ of the foundry`",
        ),
        (
            {
                "kit/top.lib": section(".lib b.lib ff\n.lib B.lib ff"),
                "kit/b.lib": section(ONE, "ff"),
                "kit/B.lib": section(THREE, "ff"),
            },
            "IM502",
            "the model files of technology `lvt90` must have different names, "
            "`B.lib` and `b.lib` are one",
        ),
    ],
)
def test_what_no_copy_could_make_readable_is_refused(
    tmp_path: Path, files: dict[str, str | Path], code: str, message: str
):
    with pytest.raises(CompileError) as caught:
        copy_models(kit(tmp_path, files), tmp_path / "copy")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (code, message)


@pytest.mark.parametrize(
    ("reference", "help"),
    [
        ("'A.inc'", "there is `a.inc`: names of files tell upper from lower case"),
        ("sub\\a.inc", "write `/` between folders"),
        (
            "'$PDK/a.inc'",
            "ngspice does not put environment variables into the names of files: write the path, "
            "or one that is relative to the library",
        ),
        ("b.inc", None),
    ],
)
def test_a_missing_file_is_told_with_who_refers_to_it(tmp_path: Path, reference: str, help: str):
    of = kit(tmp_path, {"kit/top.lib": section(f".include {reference}"), "kit/a.inc": ONE})
    with pytest.raises(CompileError) as caught:
        copy_models(of, tmp_path / "copy")
    (diagnostic,) = caught.value.diagnostics
    name = reference.strip("'")
    assert diagnostic.message == (
        f"cannot read `{tmp_path / 'kit' / name}`: no such file or directory"
    )
    assert diagnostic.notes == (f"the model file `{tmp_path / 'kit/top.lib'}` refers to `{name}`",)
    assert diagnostic.help == help


def test_a_name_that_no_file_can_have_is_told_in_short(tmp_path: Path):
    of = kit(tmp_path, {"kit/top.lib": section(f".include {'a' * 100_000}")})
    with pytest.raises(CompileError) as caught:
        copy_models(of, tmp_path / "copy")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM511"
    assert len(diagnostic.render()) < 1500
