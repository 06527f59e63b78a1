"""From a JSON tree and named arrays to the values that annotations describe, and to no others.

A file may come from anywhere: whatever it holds, each value that is made of it is of the type
that its field has, within the limits of that field, and a name where the field holds names.
How deep a tree is nested is given by the annotations, so that a deeper one fails at once.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from imnnc.limits import NAME_RULE, Bounds, bounds_of, holds_names, is_name

Json = Any
Array = NDArray[Any]

_LARGEST_INTEGER = 2**63 - 1
_WORDS: dict[Any, str] = {
    bool: "`true` or `false`",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    types.NoneType: "`null`",
}


class DamagedError(Exception):
    """What is stored is not what was stored; the message names the field and what it must be."""


class Decoder:
    """Reads one tree.

    Args:
        arrays: those that the tree refers to by name.
        known: the classes that may be made, by the names that the tree has for them.
        made: what becomes of the fields of a class.
    """

    def __init__(
        self,
        arrays: Mapping[str, Array],
        known: Callable[[str], type | None],
        made: Callable[[type, dict[str, Any]], Any],
    ) -> None:
        self._arrays = arrays
        self._known = known
        self._made = made

    def value(self, node: Json, hint: Any, where: str) -> Any:
        """The value of an annotation; `where` is its place in the tree.

        Raises:
            DamagedError: the node does not describe one.
        """
        if _is_union(hint):
            for member in get_args(hint):
                if self._may_be(node, member):
                    return self.value(node, member, where)
        elif self._may_be(node, hint):
            if get_origin(hint) is tuple:
                return self._tuple(node, get_args(hint), where)
            if _is_array(hint):
                return self._array(node["array"], hint, where)
            if hint is Path:
                return Path(node["path"])
            if _is_class(hint):
                return self._object(node["fields"], hint, where)
            return node
        raise _wrong(where, _described(hint), node)

    def _may_be(self, node: Json, hint: Any) -> bool:
        """Whether a node is of the kind of an annotation, by its outermost layer alone."""
        if get_origin(hint) is Literal:
            return isinstance(node, str) and node in get_args(hint)
        if get_origin(hint) is tuple:
            return isinstance(node, list)
        if _is_array(hint):
            return _is_node(node, array=str) and node["array"] in self._arrays
        if hint is Path:
            return _is_node(node, path=str)
        if _is_class(hint):
            return _is_node(node, type=str, fields=dict) and self._known(node["type"]) is hint
        if hint is float:
            return isinstance(node, int | float) and not isinstance(node, bool) and _fits(node)
        if hint is int:
            return isinstance(node, int) and not isinstance(node, bool) and _fits(node)
        if hint in _WORDS:
            return isinstance(node, hint)
        raise TypeError(f"{hint} is none of the annotations of artifacts")

    def _tuple(self, node: list[Json], members: tuple[Any, ...], where: str) -> tuple[Any, ...]:
        hints = members[:1] * len(node) if members[1:] == (...,) else members
        if len(node) != len(hints):
            raise _wrong(where, f"a list of {len(hints)}", node)
        pairs = enumerate(zip(node, hints, strict=True))
        return tuple(self.value(x, hint, joined(where, i)) for i, (x, hint) in pairs)

    def _array(self, name: str, hint: Any, where: str) -> Array:
        array = self._arrays[name]
        *_, element = get_args(hint)
        if get_origin(element) is np.dtype:
            (element,) = get_args(element)
        allowed = get_args(element) if _is_union(element) else (element,)
        if Any not in allowed and array.dtype not in [np.dtype(x) for x in allowed]:
            names = " or ".join(np.dtype(x).name for x in allowed)
            raise DamagedError(f"`{where}` must be an array of {names}, is one of {array.dtype}")
        return array

    def _object(self, members: dict[str, Json], hint: type, where: str) -> Any:
        kind, hints = hint, _hints(hint)
        if upgraded := getattr(kind, "upgraded", None):
            members = upgraded(members)  # what earlier versions stored in another form
        known = {f.name: f for f in stored_fields(kind)}
        if unknown := sorted(members.keys() - known.keys()):
            raise DamagedError(f"`{joined(where, _short(unknown[0]))}` is no field of it")
        values = {}
        for name, f in known.items():
            place = joined(where, name)
            if name not in members:
                if f.default is MISSING and f.default_factory is MISSING:
                    raise DamagedError(f"`{place}` is missing")
                continue
            values[name] = self.value(members[name], hints[name], place)
            _check_limits(kind, name, values[name], place)
        return self._made(kind, values)


def check_limits(value: Any) -> None:
    """Raises `DamagedError` unless the fields of a dataclass are within their limits."""
    kind: Any = type(value)
    for f in stored_fields(kind):
        _check_limits(kind, f.name, getattr(value, f.name), f.name)


def joined(where: str, part: object) -> str:
    """The place of a part of what is at `where`."""
    return f"{where}.{part}" if where else str(part)


@cache
def stored_fields(kind: Any) -> tuple[Field[Any], ...]:
    """The fields of a dataclass that are a part of it: spans, say, are none."""
    return tuple(f for f in fields(kind) if f.compare)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_class(hint: Any) -> bool:
    return (
        isinstance(hint, type) and is_dataclass(hint) and not isinstance(hint, types.GenericAlias)
    )


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _is_array(hint: Any) -> bool:
    """Whether a hint is an `NDArray` of something, which from numpy 2.5 on is an origin itself."""
    return get_origin(hint) in (np.ndarray, NDArray)


def _is_node(node: Json, **members: type) -> bool:
    """Whether a node is an object of exactly these members."""
    return (
        isinstance(node, dict)
        and node.keys() == members.keys()
        and all(isinstance(node[name], kind) for name, kind in members.items())
    )


def _fits(node: float) -> bool:
    """Whether a number is one that a machine has: the numbers of JSON have no end."""
    return isinstance(node, float) or abs(node) <= _LARGEST_INTEGER


def _check_limits(kind: type, name: str, value: Any, where: str) -> None:
    values = value if isinstance(value, tuple) else (value,)
    bounds = bounds_of(kind, name)
    for each in values:
        if bounds is not None and each is not None and each not in bounds:
            raise DamagedError(f"`{where}` must be {bounds.range}, was {_number(each, bounds)}")
        if holds_names(kind, name) and not is_name(each):
            raise DamagedError(f"`{where}` must be {NAME_RULE}, was `{_short(each)}`")


def _number(value: float, bounds: Bounds) -> str:
    return bounds.show_float(value) if math.isfinite(value) else str(value)


def _described(hint: Any) -> str:
    if _is_union(hint):
        return " or ".join(_described(member) for member in get_args(hint))
    if get_origin(hint) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "a list"
    if _is_array(hint):
        return "an array of the file"
    return _WORDS.get(hint) or f"a {hint.__name__}"


def _wrong(where: str, expected: str, node: Json) -> DamagedError:
    kinds: dict[type, str] = {dict: "an object", list: "a list"}
    was = kinds.get(type(node)) or f"`{_short(node if isinstance(node, str) else _text(node))}`"
    if _is_node(node, type=str, fields=dict):
        was = f"a `{_short(node['type'])}`"
    if isinstance(node, dict) and isinstance(node.get("array"), str):
        was = f"the array `{_short(node['array'])}`"
    place = f"`{where}`" if where else "it"
    return DamagedError(f"{place} must be {expected}, was {was}")


def _text(node: Json) -> str:
    # Numbers of thousands of digits cannot be written at all.
    return json.dumps(node) if not isinstance(node, int) or _fits(node) else "a huge number"


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "�" for c in text[:61])
    return shown if len(shown) <= 60 else f"{shown[:60]}..."
