"""Options of passes from the command line: `--set pass.option=value`.

The options of a pass are its fields and, where a field is a block of the design, the fields of
that block: `--set train.epochs=5` reaches `spec.epochs` of the pass `train`.

A number has the limits that it has in the source.  What several passes have to agree on is an
option of each, so that it counts for each, but only the source sets it.
"""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from imnnc.diagnostics import CompileError, ExitCode, Span, fail
from imnnc.engine.arguments import argument_span, unknown
from imnnc.engine.base import Pass
from imnnc.limits import Bounds, bounds_of, is_optional

_OF_THE_SOURCE = {
    *("method", "loss", "all_formed", "chips", "corners", "model", "source_sha256"),
    *("encode", "target", "set_name", "file", "labels_file", "test_file", "test_labels_file"),
}


@dataclass(frozen=True)
class Option:
    """Something that can be set: the fields that lead to it, its annotation and its limits."""

    path: tuple[str, ...]
    annotation: Any
    bounds: Bounds | None


def options(pass_: Pass) -> dict[str, Option]:
    """The options of a pass by the names that `--set` takes."""
    found: list[Option] = []

    def visit(value: Any, path: tuple[str, ...]) -> None:
        hints = get_type_hints(type(value))
        for field in fields(value):
            here = (*path, field.name)
            member = getattr(value, field.name)
            if isinstance(member, Span) or (member is None and is_optional(field)):
                continue  # a place, or what the source does not say
            if is_dataclass(member):
                visit(member, here)
            elif _parsers(hints[field.name]):
                bounds = bounds_of(type(value), field.name)
                found.append(Option(here, hints[field.name], bounds))

    visit(pass_, ())
    leaves = Counter(option.path[-1] for option in found)
    # A name that two fields have means the pass's own; the other is reached by its full path.
    return {
        option.path[-1] if leaves[option.path[-1]] == 1 else ".".join(option.path): option
        for option in found
    }


def option_value(pass_: Pass, option: Option) -> object:
    """What an option of a pass is set to."""
    value: object = pass_
    for name in option.path:
        value = getattr(value, name)
    return value


def format_value(value: object) -> str:
    """The value of an option as `--set` reads it."""
    if isinstance(value, tuple):
        return ",".join(map(format_value, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def knows(passes: Iterable[Pass], setting: str) -> bool:
    """Whether one of the passes has the option that `pass.option=value` sets."""
    name, _, option = setting.partition("=")[0].partition(".")
    return any(pass_.name == name and option in options(pass_) for pass_ in passes)


def apply_settings(passes: Iterable[Pass], settings: Iterable[str]) -> list[Pass]:
    """The passes with each `pass.option=value` of `settings` applied, the last one winning.

    Raises:
        CompileError: no such pass or option, or a value that the option cannot take.
    """
    by_name = {pass_.name: pass_ for pass_ in passes}
    for setting in settings:
        argument = f"--set {setting}"
        target, equals, text = setting.partition("=")
        name, dot, option_name = target.partition(".")
        if not (equals and dot and name and option_name):
            raise fail(
                "IM702",
                f"a setting must have the form `pass.option=value`, it was `{setting}`",
                argument_span(argument, setting),
                exit_code=ExitCode.USAGE,
            )
        if name not in by_name:
            raise unknown("IM700", "pass", name, by_name, argument)
        known = options(by_name[name])
        if option_name not in known:
            raise unknown("IM701", f"option of pass `{name}`", option_name, known, argument)
        option = known[option_name]
        if not _OF_THE_SOURCE.isdisjoint(option.path):
            raise fail(
                "IM719",
                f"`{option_name}` must be set in the source, other passes rely on it",
                argument_span(argument, target),
                exit_code=ExitCode.USAGE,
            )
        value = _parse(option, text, argument)
        if isinstance(value, int | float) and not isinstance(value, bool):
            _check_limits(option, value, text, argument)
        by_name[name] = _with(by_name[name], option.path, value)
    return list(by_name.values())


def _with(value: Any, path: tuple[str, ...], new: object) -> Any:
    head, *rest = path
    inner = _with(getattr(value, head), tuple(rest), new) if rest else new
    return replace(value, **{head: inner})


def _parse(option: Option, text: str, argument: str) -> object:
    for parser in _parsers(option.annotation):
        try:
            return parser(text)
        except ValueError:
            continue
    raise _wrong_value(option, describe(option.annotation), text, argument)


def _check_limits(option: Option, value: float, text: str, argument: str) -> None:
    bounds = option.bounds
    if bounds is None:
        if value <= 0:
            raise _wrong_value(option, "above 0", text, argument)
    elif value not in bounds:
        limits = f"from {float(bounds.low):g} to {float(bounds.high):.10g}"
        raise _wrong_value(option, limits, text, argument)


def _wrong_value(option: Option, expected: str, text: str, argument: str) -> CompileError:
    return fail(
        "IM703",
        f"`{option.path[-1]}` must be {expected}, it was `{text}`",
        argument_span(argument, f"={text}"),
        exit_code=ExitCode.USAGE,
    )


def describe(annotation: Any) -> str:
    """An annotation in the words of a user."""
    if _is_union(annotation):
        return " or ".join(describe(member) for member in get_args(annotation))
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"a list with commas, each {describe(get_args(annotation)[0])}"
    names = {
        int: "a whole number",
        float: "a number",
        bool: "`true` or `false`",
        str: "a text",
        Path: "a path",
        type(None): "`none`",
    }
    return names[annotation]


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _parsers(annotation: Any) -> list[Any]:
    """Functions from text to a value of the annotation; none where it has no textual form."""
    if _is_union(annotation):
        # `none` first: where a text is allowed as well, it would be taken for one.
        members = sorted(get_args(annotation), key=lambda member: member is not type(None))
        alternatives = [_parsers(member) for member in members]
        return [parser for each in alternatives for parser in each] if all(alternatives) else []
    if get_origin(annotation) is Literal:
        return [_chooser(get_args(annotation))]
    if get_origin(annotation) is tuple:
        member, *rest = get_args(annotation)
        parsers = _parsers(member)
        if rest != [...] or not parsers:
            return []
        return [lambda text: tuple(parsers[0](x.strip()) for x in text.split(",") if x.strip())]
    if annotation in (int, str, Path):
        return [annotation]
    if annotation is float:
        return [_finite]
    if annotation is bool:
        return [lambda text: _chooser(("false", "true"))(text) == "true"]
    if annotation is type(None):
        return [_none]
    return []


def _chooser(choices: tuple[str, ...]) -> Any:
    def choose(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return choose


def _none(text: str) -> None:
    if text != "none":
        raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value
