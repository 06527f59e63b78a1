import gzip
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imnnc.data.npz import read_inputs, read_npz
from imnnc.diagnostics import CompileError
from tests.support.builders import SPAN


def npz_bytes(**arrays):
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def test_arrays_come_back_by_name_gzipped_or_not(here):
    content = npz_bytes(inputs=np.eye(2), targets=np.array([0, 1]))
    Path("a.npz").write_bytes(content)
    Path("a.npz.gz").write_bytes(gzip.compress(content))
    for name in ("a.npz", "a.npz.gz"):
        arrays = read_npz(Path(name))
        assert list(arrays) == ["inputs", "targets"]
        np.testing.assert_array_equal(arrays["inputs"], np.eye(2))


def test_a_pickle_is_refused_and_not_run(here, refusal):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (Path("sprung"),))

    Path("a.npz").write_bytes(npz_bytes(inputs=np.array([Trap()], dtype=object)))
    assert refusal(read_npz, Path("a.npz"), SPAN) == (
        "IM205: `a.npz` holds pickled objects, which could run any code when read"
    )
    assert not Path("sprung").exists()


def test_text_is_no_data(here, refusal):
    Path("a.npz").write_bytes(npz_bytes(inputs=np.array(["five"])))
    assert refusal(read_npz, Path("a.npz"), SPAN) == (
        "IM204: array `inputs` of `a.npz` must hold numbers, it holds <U4"
    )


def test_a_file_that_is_no_archive(here, refusal):
    Path("a.npz").write_bytes(b"no archive")
    assert refusal(read_npz, Path("a.npz"), SPAN) == (
        "IM202: `a.npz` must be an `.npz` archive, it is another kind of file"
    )


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_voltages_in_a_table_are_not_told_to_be_called_a_table(here, name):
    Path(name).write_text("0.1,0.2\n")
    with pytest.raises(CompileError) as caught:
        read_inputs(name)
    assert caught.value.diagnostics[0].help == (
        "save the voltages with numpy: `np.savez(file, inputs=...)`"
    )


def test_a_header_that_claims_more_than_the_memory(here, refusal):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 9), }"
    with zipfile.ZipFile("a.npz", "w") as archive:
        archive.writestr("inputs.npy", b"\x93NUMPY\x01\x00" + b"\x80\x00" + header.ljust(128))
    assert refusal(read_npz, Path("a.npz"), SPAN).startswith("IM202: `a.npz` is damaged")


WHOLE = npz_bytes(inputs=np.eye(3), targets=np.arange(3))


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255), cut=st.booleans())
@example(place=8, byte=99, cut=False)  # an unknown compression
@example(place=6, byte=1, cut=False)  # a password
def test_a_damaged_file_is_read_or_refused_but_never_crashes(tmp_path_factory, place, byte, cut):
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    path.write_bytes(WHOLE[:place] if cut else WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    refused = pytest.raises(CompileError) if cut else suppress(CompileError)
    with refused:
        read_npz(path)


@given(
    header=st.binary(max_size=80) | st.text("{}()[]',:descrshapfotn_FTue0123<f8 ").map(str.encode)
)
def test_a_broken_header_of_an_array_is_refused(tmp_path_factory, header):
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        size = len(header).to_bytes(2, "little")
        archive.writestr("inputs.npy", b"\x93NUMPY\x01\x00" + size + header)
    with pytest.raises(CompileError, match="is damaged"):
        read_npz(path)
