"""The models of a technology travel with the netlist."""

import pytest

from imnnc.circuit.build import build_circuit
from imnnc.circuit.ir import Include
from imnnc.diagnostics import CompileError
from imnnc.models.layout import copy_models, model_files
from tests.support.networks import network, program, technology

TT = '.lib tt\n.include "a.inc"\n.endl\n'


def kit(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return technology(library=folder / "top.lib")


def test_the_built_in_library_is_one_file(tmp_path):
    assert copy_models(technology(), tmp_path) == ["models/lvt90.lib"]
    copied = (tmp_path / "models" / "lvt90.lib").read_bytes()
    assert copied == technology().library.read_bytes()


def test_files_that_a_model_file_refers_to_come_along(tmp_path):
    files = {
        "top_lib": ".lib tt\n.include \"sub/a.inc\"\n.LIB 'top.lib' devices\n"
        "* .include commented.inc\n.endl\n.lib devices\n.endl",
        "sub__a_inc": ".inc b.inc\n.lib c.lib typical $ comment\n",
        "sub__b_inc": "",
        "c_lib": ".lib typical\n.endl\n",
    }
    assert copy_models(kit(tmp_path / "kit", **files), tmp_path / "out") == [
        "models/c.lib",
        "models/sub/a.inc",
        "models/sub/b.inc",
        "models/top.lib",
    ]


def test_a_reference_out_of_the_folder_is_refused(tmp_path):
    of = kit(tmp_path / "kit", top_lib='.lib tt\n.include "../../secret.inc"\n.endl\n')
    with pytest.raises(CompileError) as caught:
        copy_models(of, tmp_path / "out")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM503"
    assert diagnostic.message == (
        "a model file must refer to files in its own folder or below, `top.lib` of technology "
        "`lvt90` refers to `../../secret.inc`"
    )
    folder = tmp_path.parent
    assert diagnostic.help == (
        "say that both lie in a kit: in the technology write "
        f'`kit "lvt90" {{ pdk_root "{folder.name}/{tmp_path.name}/kit" }}` and '
        f'`library "top.lib"`, and set `PDK_ROOT` to `{folder.parent}`'
    )


def test_two_files_that_would_meet_are_refused(tmp_path):
    of = kit(tmp_path / "kit", top_lib=TT, a_inc="")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.inc").write_text("")
    both = technology(library=of.library, includes=(tmp_path / "other" / "a.inc",))
    with pytest.raises(CompileError, match=r"(?m)two are called `a\.inc`$"):
        copy_models(both, tmp_path / "out")


def test_a_missing_file_is_named(tmp_path):
    of = kit(tmp_path / "kit", top_lib=TT)
    with pytest.raises(
        CompileError, match=r"(?m)^cannot read `.*a\.inc`: no such file or directory$"
    ):
        copy_models(of, tmp_path / "out")


LIBRARY = """* ours
.lib tt
.include "tt.inc"
.lib 'top.lib' devices
.endl tt
* between
.LIB mc
.include "nowhere.inc"
.endl mc
.lib devices
.include "n.inc"
.endl
"""


def test_sections_that_no_corner_needs_are_left_out_and_what_they_include(tmp_path):
    of = kit(tmp_path / "kit", top_lib=LIBRARY, tt_inc="", n_inc="")
    assert list(model_files(of)) == ["n.inc", "top.lib", "tt.inc"]
    copy_models(of, tmp_path / "out")
    start, end = LIBRARY.index(".LIB mc"), LIBRARY.index(".lib devices")
    notice, _, rest = (tmp_path / "out/models/top.lib").read_text().partition("\n")
    assert notice == (
        "* Changed by imnnc: sections that the corners of the technology do not need are left out."
    )
    assert rest == LIBRARY[:start] + LIBRARY[end:]


def test_a_library_that_is_included_as_a_whole_stays_whole(tmp_path):
    text = LIBRARY.replace("nowhere", "n").replace("top.lib", "b.lib")
    top = '.lib tt\n.lib "b.lib" tt\n.include "b.lib"\n.endl\n'
    of = kit(tmp_path / "kit", top_lib=top, b_lib=text, tt_inc="", n_inc="")
    copy_models(of, tmp_path / "out")
    assert (tmp_path / "out/models/b.lib").read_text() == text


def test_copies_keep_every_byte(tmp_path):
    (tmp_path / "kit").mkdir()
    content = b".lib tt\r\n* 25 \xb5m, \xe9\r\n.endl\r\n"
    (tmp_path / "kit/top.lib").write_bytes(content)
    copy_models(technology(library=tmp_path / "kit/top.lib"), tmp_path / "out")
    assert (tmp_path / "out/models/top.lib").read_bytes() == content


def test_the_library_of_a_kit_keeps_its_place_among_the_folders_of_the_kit(tmp_path):
    files = {
        "libs.tech/ngspice/top.lib": '.lib tt\n.include "corners/tt.inc"\n.endl\n',
        "libs.tech/ngspice/corners/tt.inc": '.include "../../../libs.ref/n.inc"\n',
        "libs.tech/ngspice/design.inc": "",
        "libs.ref/n.inc": "",
    }
    for name, text in files.items():
        (tmp_path / "kit" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "kit" / name).write_text(text)
    folder = tmp_path / "kit/libs.tech/ngspice"
    of = technology(
        library=folder / "top.lib",
        includes=(folder / "design.inc",),
        library_folder="libs.tech/ngspice",
    )
    assert list(model_files(of)) == sorted(files)
    assert copy_models(of, tmp_path / "out") == [f"models/{name}" for name in sorted(files)]
    small = network((3, 2, 2))
    assert build_circuit(program(small), small, of).includes == (
        Include("models/libs.tech/ngspice/design.inc"),
        Include("models/libs.tech/ngspice/top.lib", "tt"),
    )


def test_files_that_include_each_other_again_and_again_are_refused(tmp_path):
    files = {f"{i}_inc": f".include {i + 1}.inc\n" * 2 for i in range(40)}
    top = ".lib tt\n.include 0.inc\n.endl\n"
    of = kit(tmp_path / "kit", top_lib=top, **files, **{"40_inc": "* end\n"})
    with pytest.raises(
        CompileError, match=r"(?m)\.inc` must have at most 256 MiB with all that it includes$"
    ):
        copy_models(of, tmp_path / "out")
