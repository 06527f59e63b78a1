import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imnnc.data.idx import read_idx
from imnnc.diagnostics import CompileError
from tests.support.builders import IDX_CODES, SPAN, idx_bytes

arrays = st.sampled_from(sorted(IDX_CODES)).flatmap(
    lambda dtype: hnp.arrays(
        np.dtype(dtype), hnp.array_shapes(max_dims=4, max_side=5, min_side=0), fill=st.nothing()
    )
)


@given(values=arrays, compressed=st.booleans())
def test_every_array_comes_back_as_it_was_written(tmp_path_factory, values, compressed):
    path = tmp_path_factory.mktemp("idx") / "values-ubyte"
    content = idx_bytes(values)
    path.write_bytes(gzip.compress(content) if compressed else content)
    read = read_idx(path)
    assert read.shape == values.shape
    np.testing.assert_array_equal(read, values)


@given(cut=st.integers(min_value=0, max_value=27))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("idx") / "values-ubyte"
    path.write_bytes(idx_bytes(np.arange(12, dtype="u1").reshape(3, 2, 2))[:cut])
    with pytest.raises(CompileError) as caught:
        read_idx(path)
    assert caught.value.diagnostics[0].code in ("IM202", "IM203")


def test_a_wrong_magic_number_is_shown(here, refusal):
    Path("images").write_bytes(b"\x89PNG\r\n")
    assert refusal(read_idx, Path("images"), SPAN) == (
        "IM203: an IDX file must start with a magic number such as 00000803, "
        "`images` starts with 89504e47"
    )


def test_a_header_that_announces_more_than_there_is(here, refusal):
    Path("images").write_bytes(b"\0\0\x08\x02" + b"\xff" * 8 + b"abc")
    assert refusal(read_idx, Path("images"), SPAN) == (
        "IM202: `images` is damaged: its header announces 4294967295 x 4294967295 values "
        "in 18446744065119617025 bytes, it holds 3"
    )


def test_bytes_after_the_values_are_no_idx_file(here, refusal):
    Path("images").write_bytes(idx_bytes(np.zeros(3, "u1")) + b"more")
    assert refusal(read_idx, Path("images"), SPAN) == (
        "IM202: `images` is damaged: its header announces 3 values in 3 bytes, it holds 7"
    )


def test_a_truncated_gzip_file(here, refusal):
    Path("images.gz").write_bytes(gzip.compress(idx_bytes(np.zeros(1000, "u1")))[:-9])
    assert refusal(read_idx, Path("images.gz"), SPAN) == (
        "IM202: `images.gz` is damaged: its compression is broken: Compressed file ended before "
        "the end-of-stream marker was reached"
    )


def test_a_missing_file_and_a_folder(here, refusal):
    Path("folder").mkdir()
    assert refusal(read_idx, Path("none"), SPAN) == (
        "IM201: cannot read `none`: no such file or directory"
    )
    assert refusal(read_idx, Path("folder"), SPAN) == "IM201: data must be a file, `folder` is none"
