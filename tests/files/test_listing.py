"""The lists of folders: names of files below them, and nothing else."""

from __future__ import annotations

import json

import pytest

from imnnc.check.golden import read_golden, read_output
from imnnc.diagnostics import CompileError
from imnnc.files.manifest import read_manifest

SHA256 = "0" * 64
WHOLE = {
    "schema": 1,
    "tool": {"name": "imnnc", "version": "1"},
    "network": "net",
    "simulator": {"name": "ngspice", "version": "39"},
    "files": {"a.sp": SHA256},
}

WRONG = [
    ({"tool": "imnnc"}, "its `tool` must be `imnnc`"),
    ({"tool": {"name": "imnnc", "version": 3}}, "its `tool` must be a `name` and a `version`"),
    ({"files": ["a.sp"]}, "its `files` must be an object of sha256 by file name"),
    ({"files": {"a.sp": "0"}}, "the sha256 of `a.sp` must be 64 hexadecimal digits"),
    ({"files": {"a.sp": None}}, "the sha256 of `a.sp` must be 64 hexadecimal digits"),
    *(
        (
            {"files": {name: SHA256}},
            f"its `files` must be names of files below its folder, not `{shown}`",
        )
        for name, shown in (
            ("../a.sp", "../a.sp"),
            ("a/../../b", "a/../../b"),
            ("/etc/passwd", "/etc/passwd"),
            ("", ""),
            (".", "."),
            ("a\nb", "a�b"),
            ("a" * 256, "a" * 60 + "..."),
            ("a/" * 3000 + "b", "a/" * 30 + "..."),
        )
    ),
    *(
        (
            {"network": name},
            "its `network` must be a name of letters, digits and `_`, of at most 64 characters,"
            f" was `{name}`",
        )
        for name in ("../x", "a b", 3, True)
    ),
    ({"simulator": "ngspice 39"}, "its `simulator` must be a `name` and a `version`"),
    (
        {"simulator": {"name": "ngspice", "version": "\x1b[2J"}},
        "its `simulator` must be a `name` and a `version`",
    ),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_what_no_compile_writes_is_refused(tmp_path, fields, message):
    for name, reads in (
        ("manifest.json", (read_manifest, read_output)),
        ("golden.json", (read_golden,)),
    ):
        (tmp_path / name).write_text(json.dumps({**WHOLE, **fields}))
        for read in reads:
            with pytest.raises(CompileError) as caught:
                read(tmp_path)
            (diagnostic,) = caught.value.diagnostics
            assert diagnostic.code == "IM512"
            assert diagnostic.message == f"`{tmp_path / name}` is damaged: {message}"


def test_a_whole_list_is_read(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE))
    assert read_manifest(tmp_path) == WHOLE
    assert read_output(tmp_path).files == ("a.sp",)
