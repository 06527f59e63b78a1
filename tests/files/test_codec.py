import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from imnnc.diagnostics import CompileError
from imnnc.files.codec import FileEntry, Files, decode, encode, fingerprint
from imnnc.files.decoding import DamagedError
from imnnc.limits import OPTIONAL


@dataclass(frozen=True)
class Leaf:
    text: str
    flag: bool | None


@dataclass(frozen=True)
class Tree:
    count: int
    ratio: float
    array: NDArray[np.float64]
    leaves: tuple[Leaf, ...]
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Model:
    file: Path


leaves = st.builds(Leaf, st.text(max_size=3), st.none() | st.booleans())
# Zeros of either sign are different values here, but equal to Python.
floats = st.sampled_from([0.0, 0.1, 1.0, 1e300, float("inf")]) | st.floats(1, 2)
trees = st.builds(
    Tree,
    st.integers(0, 2),
    floats,
    arrays_of.arrays(np.float64, arrays_of.array_shapes(max_side=2, min_dims=0), elements=floats),
    st.lists(leaves, max_size=2).map(tuple),
    st.text(max_size=1),
)


def same(a: Tree, b: Tree) -> bool:
    return (a.count, a.ratio, a.leaves, a.array.shape) == (
        b.count,
        b.ratio,
        b.leaves,
        b.array.shape,
    ) and bool(np.all(a.array == b.array))


def round_trip(artifact: Tree) -> Tree:
    tree, arrays = encode(artifact)
    return decode(json.loads(json.dumps(tree)), arrays, type(artifact), Path())


@given(trees, trees)
def test_fingerprints_are_equal_exactly_when_artifacts_are(a, b):
    assert (fingerprint(a) == fingerprint(b)) == same(a, b)


@given(trees)
def test_what_was_encoded_is_decoded(artifact):
    decoded = round_trip(artifact)
    assert same(decoded, artifact)
    assert fingerprint(decoded) == fingerprint(artifact)
    assert decoded.note == ""


TREE = Tree(1, 0.5, np.arange(6.0).reshape(2, 3), (Leaf("a", None),))


@pytest.mark.parametrize(
    "changed",
    [
        replace(TREE, count=2),
        replace(TREE, ratio=np.nextafter(0.5, 1)),
        replace(TREE, array=TREE.array.reshape(3, 2)),
        replace(TREE, array=TREE.array.astype(np.float32)),
        replace(TREE, leaves=()),
        replace(TREE, leaves=(Leaf("a", False),)),
    ],
)
def test_any_change_of_a_value_changes_the_fingerprint(changed):
    assert fingerprint(changed) != fingerprint(TREE)


def test_fields_that_do_not_compare_do_not_count():
    assert fingerprint(replace(TREE, note="other")) == fingerprint(TREE)


def test_the_layout_of_an_array_in_memory_does_not_count():
    assert fingerprint(replace(TREE, array=np.asfortranarray(TREE.array))) == fingerprint(TREE)
    assert fingerprint(replace(TREE, array=TREE.array.astype(">f8"))) == fingerprint(TREE)


def test_a_path_counts_by_the_content_of_its_file(tmp_path):
    (tmp_path / "a").write_text("content")
    (tmp_path / "b").write_text("content")
    assert fingerprint(Model(tmp_path / "a")) == fingerprint(Model(tmp_path / "b"))
    (tmp_path / "b").write_text("changed")
    assert fingerprint(Model(tmp_path / "a")) != fingerprint(Model(tmp_path / "b"))


def test_a_path_to_nothing_is_a_diagnostic(tmp_path):
    with pytest.raises(
        CompileError, match=r"(?m)^cannot read `.*/gone`: No such file or directory$"
    ):
        fingerprint(Model(tmp_path / "gone"))


def test_fingerprints_are_the_same_in_every_process():
    code = "from tests.files.test_codec import TREE, fingerprint; print(fingerprint(TREE))"
    for seed in "1", "2":
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        out = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
        assert out.strip() == fingerprint(TREE)


def test_objects_and_foreign_values_are_refused():
    with pytest.raises(TypeError, match="array of objects"):
        fingerprint(replace(TREE, array=np.array([object()])))
    with pytest.raises(TypeError, match="cannot be part of an artifact"):
        encode(replace(TREE, leaves=[Leaf("a", None)]))


def test_only_classes_that_the_annotations_lead_to_are_made():
    tree, arrays = encode(TREE)
    tree["fields"]["leaves"][0]["type"] = "subprocess.Popen"
    with pytest.raises(DamagedError):
        decode(tree, arrays, Tree, Path())
    with pytest.raises(TypeError, match="not in the annotations"):
        encode(replace(TREE, leaves=(Model(Path("x")),)))


def test_files_are_known_by_names_and_content(tmp_path):
    for name in "a", "b":
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "deck.sp").write_text("* deck\n")
    one, two = Files.collect(tmp_path / "a"), Files.collect(tmp_path / "b")
    assert [entry.name for entry in one.entries] == ["sub/deck.sp"]
    assert fingerprint(one) == fingerprint(two)
    (tmp_path / "out").mkdir()
    one.copy_to(tmp_path / "out")
    assert (tmp_path / "out" / "sub" / "deck.sp").read_text() == "* deck\n"


def test_editing_a_copied_file_leaves_the_original_alone(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "a" / "deck.sp").write_text("* deck\n")
    files = Files.collect(tmp_path / "a")
    files.copy_to(tmp_path / "out")
    (tmp_path / "out" / "deck.sp").write_text("* edited\n")
    assert (tmp_path / "a" / "deck.sp").read_text() == "* deck\n"


def test_a_changed_file_is_not_copied(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "deck.sp").write_text("* deck\n")
    files = Files.collect(tmp_path / "a")
    (tmp_path / "a" / "deck.sp").write_text("* dock\n")
    with pytest.raises(DamagedError):
        files.copy_to(tmp_path)


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/../../b", ""])
def test_stored_file_names_cannot_lead_out_of_the_output(name):
    tree, arrays = encode(Files((FileEntry(name, "0", 0),), Path()))
    with pytest.raises(DamagedError):
        decode(tree, arrays, Files, Path())


@dataclass(frozen=True)
class Before:
    count: int


def test_a_field_that_is_stored_where_it_is_given_changes_nothing_where_it_is_not(tmp_path):
    later = dataclass(frozen=True)(
        type(
            "Before",
            (),
            {
                "__annotations__": {"count": int, "extra": float | None},
                "extra": field(default=None, metadata=OPTIONAL),
            },
        )
    )
    assert encode(later(1)) == encode(Before(1))
    assert fingerprint(later(1)) == fingerprint(Before(1))
    assert fingerprint(later(1, 2.0)) != fingerprint(Before(1))
    for value in (later(1), later(1, 2.0)):
        assert decode(*encode(value), later, tmp_path) == value
