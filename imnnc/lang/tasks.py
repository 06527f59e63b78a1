"""What is to be done with the network: data, verification, files to emit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from imnnc.design import Loss, Network, Technology
from imnnc.diagnostics import Label, fail
from imnnc.encoding import (
    DATA_SETS,
    LABELS_SUFFIXES,
    TABLE_SUFFIXES,
    DataSpec,
    Encoding,
    Normalization,
    format_of,
)
from imnnc.lang.amounts import evaluate_range
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.devices import header, select_corner
from imnnc.lang.problems import Problems
from imnnc.lang.settings import Settings, Word, one_of
from imnnc.lang.syntax import Emit, Name, Section
from imnnc.lang.topology import within_rails
from imnnc.lang.values import Scope
from imnnc.lang.vocabulary import DIALECTS, NORMALIZATIONS, PROGRAMMING_FORMATS, listing
from imnnc.tasks import ChipsSpec, EmitSpec, VerifySpec
from imnnc.technology.process import skewed_corners

# The values that `encode` spreads over the input voltages where it is not written.
_ENCODED: dict[Normalization | None, tuple[float, float]] = {
    None: (0.0, 1.0),
    "minmax": (0.0, 1.0),
    "zscore": (-3.0, 3.0),
}


def verify(section: Section, technology: Technology | None, scope: Scope) -> VerifySpec:
    """The `verify` block; raises `CompileError` with everything that is wrong with it."""
    problems = Problems()
    settings = Settings(section.block, "verify", "verify", scope, problems)
    options: dict[str, Any] = settings.numbers(VerifySpec)
    corners = settings.words("corners") or ()
    for corner in corners if technology is not None else ():
        with problems.gathered():
            assert technology is not None
            select_corner(corner, technology)
    problems.check()
    names = tuple(corner.text for corner in corners)
    return VerifySpec(**options, corners=names, span=header(section, scope))


def chips(
    section: Section, loss: Loss | None, technology: Technology | None, scope: Scope
) -> ChipsSpec:
    """The `chips` block; raises `CompileError` with everything that is wrong with it."""
    problems = Problems()
    settings = Settings(section.block, "chips", "chips", scope, problems)
    options: dict[str, Any] = settings.numbers(ChipsSpec)
    word, other = ("accuracy", "rms") if loss == "cross_entropy" else ("rms", "accuracy")
    with problems.gathered():
        if loss is not None and other in settings:
            raise fail(
                "IM117",
                f"`{other}` must go with another `loss`, this network is judged by `{word}`",
                settings.span(other),
            )
    with problems.gathered():
        if "yield" in settings and "accuracy" not in settings and "rms" not in settings:
            raise fail(
                "IM117",
                f"`yield` must go with `{word}`, which says what a chip that works is",
                settings.span("yield"),
            )
    ends = settings.range("temperature", "chips.temperature")
    if ends is not None:
        options["coldest_celsius"], options["hottest_celsius"] = map(float, ends)
    supply = settings.amount("supply", "chips.supply")
    if supply is not None:
        options["supply"] = float(supply)
    with problems.gathered():
        drawn = technology if "process" in settings else None
        if drawn is not None and not skewed_corners(drawn.corners, drawn.corner):
            raise fail(
                "IM117",
                "`process` must go with corners `ff`, `ss`, `fs` and `sf` around a typical one,"
                f" `{drawn.name}` is at `{drawn.corner}` and has {listing(drawn.corners, 'and')}",
                settings.span("process"),
            )
    problems.check()
    return ChipsSpec(**options, span=header(section, scope))


def emit(declaration: Emit, scope: Scope) -> EmitSpec:
    """The `emit` declaration; raises `CompileError` with everything that is wrong with it."""
    problems = Problems()
    dialects = _targets(declaration.dialects, "emit", DIALECTS, scope, problems)
    formats = _targets(
        declaration.programming, "emit programming", PROGRAMMING_FORMATS, scope, problems
    )
    problems.check()
    return EmitSpec(dialects, formats, scope.span(declaration))


def _targets(
    names: tuple[Name, ...], what: str, known: tuple[str, ...], scope: Scope, problems: Problems
) -> tuple[str, ...]:
    targets: dict[str, Name] = {}
    for name in names:
        with problems.gathered():
            if name.text in PROGRAMMING_FORMATS and name.text not in known:
                raise fail(
                    "IM136",
                    f"`{name.text}` is a format of programming files, no netlist",
                    scope.span(name),
                    help=f"write `programming {name.text}`, behind the netlists",
                )
            text = one_of(Word(name.text, scope.span(name)), what, known, "IM136")
            if text in targets:
                raise fail(
                    "IM111",
                    f"`{text}` is given twice",
                    scope.span(name),
                    secondary=[Label(scope.span(targets[text]), "first given here")],
                )
            targets[text] = name
    return tuple(targets)


def data(
    section: Section,
    network: Network | None,
    technology: Technology | None,
    folder: Path,
    scope: Scope,
) -> DataSpec:
    """The `data` block; raises `CompileError` with everything that is wrong with it.

    Without `encode`, data from 0 to 1 fill the range of the input, or with `normalize zscore` those
    within three standard deviations; without `target`, targets from 0 to 1 fill the swing between
    the rails.
    """
    problems = Problems()
    settings = Settings(section.block, "data", "data", scope, problems)
    _check_origin(settings, section, problems)
    set_name = settings.word("set")
    if set_name is not None:
        with problems.gathered():
            one_of(set_name, "set", DATA_SETS, "IM133")
    swing = technology.supply_volts if technology is not None else 0.0
    low, high = (
        (network.input.low_volts, network.input.high_volts)
        if network is not None
        else (-swing, swing)
    )
    normalize = _normalization(settings)
    encode = _encoding(settings, "encode", (low, high), technology, _ENCODED[normalize])
    target = _encoding(settings, "target", (-swing, swing), technology)
    if network is not None and "encode" in settings and not problems.found:
        with problems.gathered():
            _check_encoded(encode, network)
    file = settings.file("file", folder)
    column = _label_column(settings, file)
    result = DataSpec(
        set_name=set_name.text if set_name is not None else None,
        file=file,
        labels_file=None if column else settings.file("labels", folder),
        test_file=settings.file("test_file", folder),
        test_labels_file=settings.file("test_labels", folder),
        pool=settings.whole("pool") or 1,
        train=settings.whole("train"),
        test=settings.whole("test"),
        encode=encode,
        target=target,
        label_column=column,
        normalize=normalize,
        spans={"data": header(section, scope)} | {x: settings.span(x) for x in settings.given},
    )
    problems.check()
    return result


def _label_column(settings: Settings, file: Path | None) -> str | None:
    """The heading that `labels` names: of a table, where it is called as no file of arrays is."""
    if file is None or "labels" not in settings or format_of(file.name) not in TABLE_SUFFIXES:
        return None
    named = settings.text("labels")
    if named is None or named.lower().removesuffix(".gz").endswith(LABELS_SUFFIXES):
        return None
    return named


def _normalization(settings: Settings) -> Normalization | None:
    word = settings.word("normalize")
    if word is None:
        return None
    with settings.problems.gathered():
        one_of(word, "normalize", NORMALIZATIONS, "IM138")
    return next((x for x in NORMALIZATIONS if x == word.text), None)


def _check_origin(settings: Settings, section: Section, problems: Problems) -> None:
    """Data come from a named set or from files, and labels belong to files."""
    with problems.gathered():
        if "set" in settings and "file" in settings:
            raise fail(
                "IM117",
                "`data` must have either `set` or `file`, not both",
                settings.span("file"),
                secondary=[Label(settings.span("set"), "the set")],
            )
        if "set" not in settings and "file" not in settings:
            raise fail("IM112", "`data` must have `set` or `file`", header(section, settings.scope))
    for key, needs in (("labels", "file"), ("test_file", "file"), ("test_labels", "test_file")):
        with problems.gathered():
            if key in settings and needs not in settings:
                raise fail("IM117", f"`{key}` must go with a `{needs}`", settings.span(key))


def _encoding(
    settings: Settings,
    key: str,
    default_volts: tuple[float, float],
    technology: Technology | None,
    default_values: tuple[float, float] = (0.0, 1.0),
) -> Encoding:
    low_volts, high_volts = default_volts
    node = settings.mapping(key)
    if node is None:
        return Encoding(*default_values, low_volts, high_volts)
    scope = settings.scope
    domain = image = (Fraction(0), Fraction(0))
    with settings.problems.gathered():
        domain = evaluate_range(node.domain, key, BOUNDS["encoded"], scope)
    with settings.problems.gathered():
        image = evaluate_range(node.image, key, BOUNDS["port"], scope)
        if technology is not None:
            within_rails(image, key, technology, scope.span(node.image))
    low, high = domain
    return Encoding(float(low), float(high), float(image[0]), float(image[1]), scope.span(node))


def _check_encoded(encode: Encoding, network: Network) -> None:
    """The encoded data must be voltages that the input takes."""
    port = network.input
    if encode.low_volts < port.low_volts or encode.high_volts > port.high_volts:
        raise fail(
            "IM114",
            f"`encode` must map into the range of `{port.name}`",
            encode.span,
            secondary=[Label(port.span, "this range")] if port.span is not None else [],
        )
