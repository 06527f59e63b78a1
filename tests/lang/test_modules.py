"""Files: what is read, how, and what imports bring."""

from __future__ import annotations

import os

import pytest

from imnnc.diagnostics import CompileError
from imnnc.lang import load_design, read_source
from tests.support.sources import Folder, source, summary


def failure(folder: Folder, name: str = "net.imnn") -> str:
    with pytest.raises(CompileError) as caught:
        load_design(folder.path / name)
    (diagnostic,) = caught.value.diagnostics
    return summary(diagnostic).replace(f"{folder.path}/", "")


def test_a_missing_file_is_refused(folder: Folder):
    assert failure(folder) == "IM002 cannot read `net.imnn`: no such file or directory"


def test_a_folder_is_refused(folder: Folder):
    (folder.path / "net.imnn").mkdir()
    assert failure(folder) == "IM002 cannot read `net.imnn`: it is a folder"


def test_a_pipe_is_refused_and_not_waited_for(folder: Folder):
    os.mkfifo(folder.path / "net.imnn")
    assert failure(folder) == "IM002 cannot read `net.imnn`: it is not a regular file"


def test_a_name_with_a_null_character_is_refused(folder: Folder):
    assert failure(folder, "a\0b").startswith("IM002 cannot read `a\0b`: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(folder: Folder):
    folder.write(source()).chmod(0)
    assert failure(folder) == "IM002 cannot read `net.imnn`: permission denied"


def test_a_file_without_end_is_refused(folder: Folder):
    with (folder.path / "net.imnn").open("wb") as stream:
        stream.truncate(2**20 + 1)
    assert failure(folder) == "IM019 `net.imnn` must have at most 1 MiB"


@pytest.mark.parametrize(
    ("contents", "byte", "help"),
    [
        (b"\x7fELF\x02\x01\xff", "byte 6 is 0xff", None),
        (b"let a = 1 // caf\xe9", "byte 16 is 0xe9", None),
        ("let a = 1".encode("utf-16"), "byte 0 is 0xff", "it looks like UTF-16: save it as UTF-8"),
    ],
)
def test_what_is_not_text_is_refused(folder: Folder, contents, byte, help):
    (folder.path / "net.imnn").write_bytes(contents)
    with pytest.raises(CompileError) as caught:
        load_design(folder.path / "net.imnn")
    (diagnostic,) = caught.value.diagnostics
    assert summary(diagnostic).endswith(f"net.imnn` must be text in UTF-8, {byte}")
    assert diagnostic.help == help


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_byte_order_mark_and_any_line_ends_are_accepted(folder: Folder, line_end):
    text = source().replace("\n", line_end)
    (folder.path / "net.imnn").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_design(folder.path / "net.imnn").network.name == "n"


def test_lines_are_counted_the_same_with_any_line_ends(folder: Folder):
    (folder.path / "net.imnn").write_bytes(b"let a = 1\r\nlet a = 2\r\n")
    assert read_source(folder.path / "net.imnn").text == "let a = 1\nlet a = 2\n"


def test_a_source_is_called_as_the_user_called_it(folder: Folder, monkeypatch):
    folder.write("let a = ")
    monkeypatch.chdir(folder.path)
    with pytest.raises(CompileError) as caught:
        load_design(type(folder.path)("./net.imnn"))
    assert caught.value.diagnostics[0].span.place == "net.imnn:1:8"


def test_imports_bring_constants_technologies_and_memristors(folder: Folder):
    folder.write("* models", "kit/k.lib")
    folder.write(
        """let cool = 0 C
        technology kit { library "k.lib" corners typical supply 0.3 V temperature cool
            nmos n1 { width 1 um length 1 um } pmos p1 { width 1 um length 1 um } }
        memristor hfo2 { conductance 1 uS .. 100 uS   levels 32 }""",
        "kit/kit.imnn",
    )
    design = folder.design('import "kit/kit.imnn"\n' + source(technology="", memristor=""))
    assert design.technology.name == "kit"
    assert design.technology.library == folder.path / "kit/k.lib"
    assert design.technology.temperature_celsius == 0.0
    assert design.memristor.levels == 32


def test_an_imported_refinement_of_a_built_in_device_takes_its_place(folder: Folder):
    folder.write("technology lvt90 { supply 0.2 V corner ss }", "cold.imnn")
    design = folder.design(
        'import "cold.imnn"\n' + source(technology="technology lvt90 { corner ff }")
    )
    assert (design.technology.supply_volts, design.technology.corner) == (0.2, "ff")


def test_a_file_may_be_imported_along_two_ways(folder: Folder):
    folder.write("let hidden = 7", "base.imnn")
    folder.write('import "base.imnn"\nlet a = hidden', "a.imnn")
    folder.write('import "base.imnn"\nlet b = hidden', "b.imnn")
    text = 'import "a.imnn"\nimport "b.imnn"\n' + source(
        network="network n { input x[a + b] output y[hidden] { inverter size 1 } }"
    )
    assert folder.design(text).network.widths == (14, 7)


def test_an_override_reaches_imported_constants(folder: Folder):
    folder.write("let hidden = 7", "base.imnn")
    text = 'import "base.imnn"\n' + source(
        network="network n { input x[hidden] output y[3] { inverter size 1 } }"
    )
    assert folder.design(text, {"hidden": "9"}).network.input.width == 9


def test_an_imported_file_does_not_see_the_constants_of_its_importer(folder: Folder):
    folder.write("let twice = 2 * hidden", "base.imnn")
    assert folder.errors('let hidden = 3\nimport "base.imnn"\n' + source()) == [
        "1:17 'hidden': IM101 undefined constant `hidden`"
    ]


def test_an_import_that_leads_nowhere_is_located(folder: Folder):
    assert folder.errors('import "no.imnn"\n' + source()) == [
        "1:8 '\"no.imnn\"': IM140 there is no file `no.imnn` to import"
    ]


@pytest.mark.parametrize("name", ["a" * 4000, "/" * 4000 + "a"])
def test_an_import_with_an_impossible_name_is_located(folder: Folder, name):
    (message,) = folder.errors(f'import "{name}"\n' + source())
    assert "IM140 there is no file" in message


def test_an_imported_folder_is_located(folder: Folder):
    (folder.path / "kit").mkdir()
    assert folder.errors('import "kit"\n' + source()) == [
        "1:8 '\"kit\"': IM002 cannot read `kit`: it is a folder"
    ]


def test_a_cycle_of_imports_is_shown(folder: Folder):
    folder.write('import "b.imnn"', "a.imnn")
    folder.write('import "net.imnn"', "b.imnn")
    (diagnostic,) = folder.diagnostics('import "a.imnn"\n' + source())
    path = folder.path
    assert diagnostic.message == f"`{path}/net.imnn` imports itself"
    assert diagnostic.notes == (
        f"{path}/net.imnn -> {path}/a.imnn -> {path}/b.imnn -> {path}/net.imnn",
    )
    assert diagnostic.span is not None
    assert diagnostic.span.place == f"{path}/b.imnn:1:8"


def test_a_very_long_chain_of_imports_is_refused(folder: Folder):
    for i in range(40):
        folder.write(f'import "m{i + 1}.imnn"', f"m{i}.imnn")
    folder.write("", "m40.imnn")
    assert folder.errors('import "m0.imnn"\n' + source()) == [
        "1:8 '\"m32.imnn\"': IM144 imports must not be nested deeper than 32 files"
    ]


def test_syntax_errors_of_all_files_are_reported_together(folder: Folder):
    folder.write("let a = ", "a.imnn")
    folder.write("let b = ", "b.imnn")
    assert folder.errors('import "a.imnn"\nimport "b.imnn"\n' + source()) == [
        "1:8 '': IM013 expected a value after `=`, found the end of the text",
        "1:8 '': IM013 expected a value after `=`, found the end of the text",
    ]


def test_an_imported_file_has_nothing_but_definitions(folder: Folder):
    folder.write("verify { samples 3 }\nnetwork n { input x[3] }\nemit ngspice", "other.imnn")
    assert folder.errors('import "other.imnn"\n' + source()) == [
        "1:1 'verify': IM142 an imported file cannot have `verify`",
        "2:1 'network': IM142 an imported file cannot have `network`",
        "3:1 'emit': IM142 an imported file cannot have `emit`",
    ]


def test_two_imports_cannot_bring_different_things_of_one_name(folder: Folder):
    folder.write("let a = 1\nmemristor m { conductance 1 uS .. 2 uS }", "a.imnn")
    folder.write("let a = 1\nmemristor m { conductance 1 uS .. 3 uS }", "b.imnn")
    assert folder.errors('import "a.imnn"\nimport "b.imnn"\n' + source()) == [
        "2:8 '\"b.imnn\"': IM104 another import brings a different constant `a`",
        "2:8 '\"b.imnn\"': IM104 another import brings a different memristor `m`",
    ]


def test_a_constant_cannot_be_defined_again_after_an_import(folder: Folder):
    folder.write("let a = 1", "a.imnn")
    (diagnostic,) = folder.diagnostics('import "a.imnn"\nlet a = 2\n' + source())
    assert diagnostic.message == "the constant `a` is defined twice"
    assert diagnostic.secondary[0].span.source.name == str(folder.path / "a.imnn")
