from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imnnc.design import TrainSpec
from imnnc.diagnostics import CompileError, ExitCode
from imnnc.engine.base import Pass
from imnnc.engine.options import apply_settings, format_value, option_value, options


@dataclass(frozen=True)
class Bake(Pass):
    spec: TrainSpec
    minutes: float = 1.0
    name: ClassVar[str] = "bake"
    batch: int = 3
    hot: bool = False
    limit: float | None = 2.0
    tags: tuple[str, ...] = ()
    mode: Literal["fast", "slow"] = "fast"
    hidden: object = field(default=None)

    def run(self, inputs, context):
        raise NotImplementedError


BAKE = Bake(TrainSpec("latim", "mse"))


def setting(text: str) -> Bake:
    (baked,) = apply_settings([BAKE], [text])
    assert isinstance(baked, Bake)
    return baked


def test_values_are_read_by_the_annotation_of_the_field():
    assert setting("bake.minutes=2").minutes == 2.0
    assert setting("bake.hot=true").hot is True
    assert setting("bake.limit=none").limit is None
    assert setting("bake.limit=3.5").limit == 3.5
    assert setting("bake.tags=tt, ff").tags == ("tt", "ff")
    assert setting("bake.tags=").tags == ()
    assert setting("bake.mode=slow").mode == "slow"


def test_fields_of_a_block_are_options_of_the_pass():
    assert setting("bake.epochs=5").spec.epochs == 5
    assert setting("bake.patience=3").spec.patience == 3
    assert setting("bake.validation=0.9").spec.validation == 0.9


def test_the_field_of_the_pass_itself_is_the_one_with_the_short_name():
    assert setting("bake.batch=7").batch == 7
    assert setting("bake.spec.batch=7").spec.batch == 7


def test_the_last_setting_wins():
    (baked,) = apply_settings([BAKE], ["bake.batch=7", "bake.batch=8"])
    assert baked.batch == 8


def test_fields_without_a_textual_form_are_no_options():
    assert "hidden" not in options(BAKE)
    assert "span" not in options(BAKE)


@given(st.sampled_from(sorted(options(BAKE).keys() - {"method", "loss"})))
def test_every_option_that_is_listed_can_be_read_back(name):
    text = format_value(option_value(BAKE, options(BAKE)[name]))
    assert setting(f"bake.{name}={text}") == BAKE


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("bake", "IM702", "a setting must have the form `pass.option=value`, it was `bake`"),
        ("back.hot=1", "IM700", "no pass is called `back`"),
        ("bake.epoch=1", "IM701", "no option of pass `bake` is called `epoch`"),
        ("bake.epochs=few", "IM703", "`epochs` must be a whole number, it was `few`"),
        ("bake.minutes=nan", "IM703", "`minutes` must be a number, it was `nan`"),
        ("bake.hot=maybe", "IM703", "`hot` must be `true` or `false`, it was `maybe`"),
        ("bake.mode=x", "IM703", "`mode` must be `fast` or `slow`, it was `x`"),
        ("bake.epochs=0", "IM703", "`epochs` must be from 1 to 100000, it was `0`"),
        ("bake.seed=-1", "IM703", "`seed` must be from 0 to 4294967295, it was `-1`"),
        ("bake.validation=2", "IM703", "`validation` must be from 0 to 0.9, it was `2`"),
        ("bake.load_ohms=0.5", "IM703", "`load_ohms` must be from 1 to 1e+12, it was `0.5`"),
        ("bake.minutes=0", "IM703", "`minutes` must be above 0, it was `0`"),
        ("bake.loss=mse", "IM719", "`loss` must be set in the source, other passes rely on it"),
        ("bake.limit=x", "IM703", "`limit` must be a number or `none`, it was `x`"),
    ],
)
def test_what_cannot_be_set_is_located(text, code, message):
    with pytest.raises(CompileError) as caught:
        setting(text)
    assert caught.value.exit_code is ExitCode.USAGE
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (code, message)
    assert diagnostic.span is not None
    assert diagnostic.span.source.text == f"--set {text}"


def test_a_misspelt_option_is_corrected():
    with pytest.raises(CompileError) as caught:
        setting("bake.epoch=1")
    assert caught.value.diagnostics[0].help == "did you mean `epochs`?"
