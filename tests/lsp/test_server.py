"""What an editor sees of `imnnc lsp`, asked over the protocol."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from imnnc import spelling
from imnnc.diagnostics import CompileError
from imnnc.lang import format_source, load_design, read_source
from imnnc.lang.vocabulary import DECLARATIONS
from tests.lsp.conftest import Editor, cursor
from tests.support.sources import source

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def editor(client) -> Editor:
    for old in client.folder.iterdir():
        old.unlink()
    return Editor(client, client.folder)


async def test_diagnostics_are_those_of_the_compiler(editor: Editor):
    text = source(technology="technology lvt90 { supply 0.25 S }", verify="verify { sample 30 }")
    uri = await editor.open(text)
    path = Path(editor.write("same.imnn", text).removeprefix("file://"))
    with pytest.raises(CompileError) as caught:
        load_design(path)
    found = editor.client.diagnostics[uri]
    assert [x.code for x in found] == [x.code for x in caught.value.diagnostics]
    assert editor.seen(uri) == [
        "0:26-0:32 IM100 `supply` must be a voltage, not a conductance",
        "5:9-5:15 IM110 `verify` has no setting `sample`",
    ]
    assert found[1].message.splitlines()[1:] == [
        "note: its settings are `samples`, `tolerance`, `corners` and `transient_samples`",
        "help: did you mean `samples`?",
    ]
    assert (found[0].source, found[0].severity) == ("imnnc", types.DiagnosticSeverity.Error)
    await editor.close(uri)


async def test_a_diagnostic_goes_when_its_mistake_does_and_with_the_document(editor: Editor):
    uri = await editor.open(source(verify="verify { samples 30 S }"))
    assert len(editor.seen(uri)) == 1
    editor.change(uri, source(), 2)
    await editor.published(uri)
    assert editor.seen(uri) == []
    editor.change(uri, source(verify="verify {"), 3)
    await editor.published(uri)
    assert editor.seen(uri) == ["5:7-5:8 IM008 this `{` is never closed"]
    await editor.close(uri)
    assert editor.seen(uri) == []


async def test_places_are_counted_as_the_editor_does(editor: Editor):
    uri = await editor.open("/* \N{GRINNING FACE} */ let a = b\n")
    assert editor.seen(uri)[0] == "0:17-0:18 IM101 undefined constant `b`"
    await editor.close(uri)


async def test_a_line_ends_where_the_editor_ends_it(editor: Editor):
    uri = await editor.open("// \x0c \u2028\r\nlet a = b\r\n")
    assert editor.seen(uri) == ["1:8-1:9 IM101 undefined constant `b`"]
    await editor.close(uri)


async def test_what_is_seen_elsewhere_is_related_information(editor: Editor):
    uri = await editor.open("let a = 1\nlet a = 2\n")
    (found,) = editor.client.diagnostics[uri]
    (related,) = found.related_information
    assert (related.message, related.location.range.start.line) == ("first defined here", 0)
    await editor.close(uri)


async def test_a_file_of_devices_is_no_design_that_lacks_a_network(editor: Editor):
    uri = await editor.open("memristor own { conductance 1 uS .. 2 uS }\n")
    assert editor.seen(uri) == []
    await editor.close(uri)


async def test_an_import_is_read_as_the_editor_has_it(editor: Editor):
    editor.write("process.imnn", "let hidden = 3\n")
    net = await editor.open('import "process.imnn"\n' + source(network=NETWORK))
    assert editor.seen(net) == []
    process = await editor.open("let hiden = 3\n", "process.imnn")
    await editor.published(net)
    assert editor.seen(net) == [
        "3:31-3:37 IM101 undefined constant `hidden`",
    ]
    editor.change(process, "let hidden = 3 +\n", 2)
    await editor.published(process)
    assert editor.seen(process) == [
        "0:16-0:16 IM013 expected a value after `+`, found the end of the text"
    ]
    await editor.close(process)
    await editor.close(net)


NETWORK = (
    "network n { input x[4] layer h[hidden] { inverter size 1 } output y[3] { inverter size 1 } }"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "verify { sam¦ples 30 }",
            "**samples**: How many test samples ngspice simulates.\n\n"
            "Takes a whole number from 1 to 1000000.\n\nUnless given: 100.",
        ),
        (
            "memristor m { levels¦ 3 }",
            "**levels**: How many equally spaced conductances a cell can be programmed to, or "
            "`continuous`.\n\nTakes a whole number from 2 to 65536 or `continuous`.\n\n"
            "Unless given: continuous.",
        ),
        (
            "technology lvt90 { ¦supply 0.2 V }",
            "**supply**: The rails are at plus and minus this voltage.\n\n"
            "Takes a voltage from 10 mV to 5 V.\n\n"
            "Unless given: that of the technology that is refined.",
        ),
        ("let a = 3 mV\nlet b = 2 * ¦a", "`a = 3 mV`, a voltage"),
        ("let b¦ = 2 * 3", "`b = 6`, a plain number"),
        (
            "train ¦rim { loss mse }",
            "**rim**: Loads are swamped by a resistor at every output.",
        ),
        (
            "technology lvt¦90",
            "**technology lvt90**: rails at plus and minus 250 mV, 27 C, corner `tt` of `tt`, "
            "`ff`, `ss`, `sf` and `fs`.",
        ),
        (
            "memristor m { conductance 120 nS .. 1 uS levels 64 }\nmemristor ¦m",
            "**memristor m**: 120 nS .. 1 uS, 64 levels.",
        ),
        ("network n { in¦put x[3] }", None),
        ("let a = 3¦00", None),
    ],
)
async def test_hover(editor: Editor, text: str, expected: str | None):
    found = await editor.hover(text)
    if expected is None and "in¦put" in text:
        assert found.startswith("**input**: The inputs, each with a row at +x and one at -x")
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("verify { ¦ }", ["samples", "tolerance", "corners", "transient_samples"]),
        ("verify { samples 3 to¦", ["tolerance", "corners", "transient_samples"]),
        ("train ¦", ["latim", "phax", "rim", "equilibrium"]),
        ("train latim { loss ¦ }", ["cross_entropy", "mse"]),
        ("let a = 3\nlet b = ¦", ["a"]),
        ("let a = 3\nverify { samples ¦", ["a"]),
        (
            "emit ngspice, ¦",
            [
                "ngspice",
                "hspice",
                "spectre",
                "xyce",
                "ltspice",
                "cdl",
                "veriloga",
                "verilog",
                "programming",
            ],
        ),
        ("emit programming ¦", ["csv", "npz"]),
        ("crossbar { wire row 1 Ohm ¦", ["column", "driver", "layout", "capacitance", "bias"]),
        ("crossbar ¦ { }\nnetwork n { input x[1] layer h[3] { } output y[2] { } }", ["h", "y"]),
        ("network n { input x[1] ¦", ["in", "input", "layer", "output"]),
        (
            "network n { layer x[1] { inverter size 1 .. 3 ¦",
            ["continuous", "inverter", "step", "unformed"],
        ),
        ("technology lvt90 { corner ¦", ["tt", "ff", "ss", "sf", "fs"]),
        ("technology lvt90\nverify { corners tt, ¦", ["tt", "ff", "ss", "sf", "fs"]),
        ('memristor m { law model "a.lib" cell ¦', ["conductance", "resistance"]),
        ("verify { samples 3 } // ¦", []),
        ("nonsense nonsense ¦", []),
    ],
)
async def test_completion(editor: Editor, text: str, expected: list[str]):
    found = await editor.complete(text)
    assert found[: len(expected)] == expected
    assert set(found[len(expected) :]) <= set(DECLARATIONS)


async def test_completion_of_what_begins_a_declaration_and_of_devices(editor: Editor):
    assert "technology" in await editor.complete("¦")
    assert "sky130" in await editor.complete("technology ¦")
    assert "sky130_reram" in await editor.complete("memristor ¦")


async def test_completion_of_a_data_set_replaces_all_of_it(editor: Editor):
    text = "data { set fashion-m¦ }"
    uri = await editor.open(text)
    document = types.TextDocumentIdentifier(uri)
    items = await editor.client.text_document_completion_async(
        types.CompletionParams(document, cursor(text))
    )
    item = next(x for x in items if x.label == "fashion-mnist")
    assert item.text_edit.range.start.character == len("data { set ")
    await editor.close(uri)


async def test_completion_of_files(editor: Editor):
    editor.write("process.imnn", "let a = 1\n")
    editor.write("samples.csv", "1,2\n")
    assert await editor.complete('import "¦') == ["process.imnn"]
    assert await editor.complete('data { file "¦" }') == ["process.imnn", "samples.csv"]


async def test_definitions_through_imports(editor: Editor):
    editor.write("deep.imnn", "\nlet hidden = 3\n")
    editor.write("process.imnn", 'import "deep.imnn"\nmemristor own { conductance 1 uS .. 2 uS }\n')
    begin = 'import "process.imnn"\n'
    assert await editor.define(begin + "let a = hid¦den") == "deep.imnn:1"
    assert await editor.define(begin + "memristor o¦wn { levels 4 }") == "process.imnn:1"
    assert await editor.define('import "pro¦cess.imnn"') == "process.imnn:0"
    assert await editor.define("technology lvt¦90") == "lvt90.imnn:5"
    assert await editor.define("crossbar h¦ { bias 2 }\n" + source(), "net.imnn") == "net.imnn:3"
    assert await editor.define("let a = nowhere¦") is None


async def test_formatting_is_that_of_the_command(editor: Editor):
    untidy = (EXAMPLES / "iris.imnn").read_text().replace("   ", "  ")
    uri = await editor.open(untidy)
    (edit,) = await format(editor, uri)
    assert edit.new_text == format_source(read_source(EXAMPLES / "iris.imnn"))
    assert (edit.range.start, edit.range.end) == (
        types.Position(0, 0),
        types.Position(untidy.count("\n"), 0),
    )
    editor.change(uri, edit.new_text, 2)
    assert not await format(editor, uri)
    editor.change(uri, "verify {", 3)
    assert await format(editor, uri) is None
    await editor.close(uri)


async def format(editor: Editor, uri: str):
    return await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(
            types.TextDocumentIdentifier(uri), types.FormattingOptions(4, insert_spaces=True)
        )
    )


async def test_a_constant_is_renamed_in_every_file_that_sees_it(editor: Editor):
    process = editor.write("process.imnn", "let hidden = 3\nlet more = 2 * hidden\n")
    other = editor.write("other.imnn", 'import "process.imnn"\nlet sum = hidden + more\n')
    unrelated = editor.write("unrelated.imnn", "let hidden = 4\n")
    text = 'import "process.imnn"\n' + source(network=NETWORK.replace("hidden", "hid¦den"))
    edit = await rename(editor, text, "neurons")
    assert {uri: len(edits) for uri, edits in edit.changes.items() if "net" not in uri} == {
        process: 2,
        other: 1,
    }
    assert len(edit.changes) == 3
    assert unrelated not in edit.changes


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("more", "there is a constant `more` already"),
        (
            "2nd",
            f"a constant must have {spelling.NAME.rule}, not `2nd`",
        ),
        ("mV", "`mV` is a unit"),
        (
            "csv file",
            f"a constant must have {spelling.NAME.rule}, not `csv file`",
        ),
    ],
)
async def test_a_name_that_cannot_be_is_refused(editor: Editor, new: str, reason: str):
    with pytest.raises(JsonRpcException) as caught:
        await rename(editor, "let hid¦den = 3\nlet more = 2 * hidden\n", new)
    assert caught.value.message == f"cannot rename: {reason}"


async def rename(editor: Editor, text: str, new: str):
    uri = await editor.open(text)
    document = types.TextDocumentIdentifier(uri)
    place = cursor(text)
    client = editor.client
    prepared = types.PrepareRenameParams(document, place)
    assert await client.text_document_prepare_rename_async(prepared) is not None
    try:
        return await client.text_document_rename_async(types.RenameParams(document, place, new))
    finally:
        await editor.close(uri)


async def test_what_is_no_constant_is_not_renamed(editor: Editor):
    text = "verify { sam¦ples 3 }"
    uri = await editor.open(text)
    params = types.PrepareRenameParams(types.TextDocumentIdentifier(uri), cursor(text))
    assert await editor.client.text_document_prepare_rename_async(params) is None
    await editor.close(uri)


async def test_diagnostics_after_a_keystroke_take_less_than_100_ms_of_a_processor(editor: Editor):
    lines = [f"let c{i} = {i} + 2 * c{i - 1}\n" for i in range(1, 195)]
    text = "let c0 = 1\n" + "".join(lines) + source()
    assert text.count("\n") >= 200
    uri = await editor.open(text)
    before = editor.processor_seconds()
    for number in range(10):
        editor.change(uri, text.replace("samples 30", f"sample{number} 30"), number + 2)
        await editor.published(uri)
        assert len(editor.seen(uri)) == 1
    assert (editor.processor_seconds() - before) / 10 < 0.1
    await editor.close(uri)


async def test_it_imports_no_torch_and_takes_little_memory(editor: Editor):
    await editor.hover("technology lvt¦90")
    assert "libtorch" not in (editor.process / "maps").read_text()
    status = (editor.process / "status").read_text().splitlines()
    resident = next(x for x in status if "VmRSS" in x)
    assert int(resident.split()[1]) < 100_000
