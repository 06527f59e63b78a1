"""The models of a technology travel with the netlist."""

import pytest

from imnnc.diagnostics import CompileError
from imnnc.emit.models import copy_models
from tests.circuit.networks import technology


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
        "top_lib": ".lib tt\n.include \"sub/a.inc\"\n.LIB 'top.lib' devices\n.endl\n"
        "* .include commented.inc\n.include /abs/olute.inc\n",
        "sub__a_inc": ".inc b.inc\n.lib ../c.lib typical $ comment\n",
        "sub__b_inc": "",
        "c_lib": "",
    }
    assert copy_models(kit(tmp_path / "kit", **files), tmp_path / "out") == [
        "models/c.lib",
        "models/sub/a.inc",
        "models/sub/b.inc",
        "models/top.lib",
    ]


def test_a_reference_out_of_the_folder_is_refused(tmp_path):
    of = kit(tmp_path / "kit", top_lib='.include "../../secret.inc"\n')
    with pytest.raises(CompileError) as caught:
        copy_models(of, tmp_path / "out")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "IM503"
    assert diagnostic.message == (
        "a model file must refer to files in its own folder or below, `top.lib` of technology "
        "`lvt90` refers to `../../secret.inc`"
    )


def test_two_files_that_would_meet_are_refused(tmp_path):
    of = kit(tmp_path / "kit", top_lib='.include "a.inc"\n', a_inc="")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.inc").write_text("")
    both = technology(library=of.library, includes=(tmp_path / "other" / "a.inc",))
    with pytest.raises(CompileError, match=r"two are called `a\.inc`$"):
        copy_models(both, tmp_path / "out")


def test_a_missing_file_is_named(tmp_path):
    of = kit(tmp_path / "kit", top_lib='.include "a.inc"\n')
    with pytest.raises(CompileError, match=r"^cannot read `.*a\.inc`: no such file or directory$"):
        copy_models(of, tmp_path / "out")
