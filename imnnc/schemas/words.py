"""What JSON schemas are put together from: objects without further members, arrays, numbers.

Parts that are dataclasses are made from these, so that a member that comes or goes cannot be
missed.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Schema: TypeAlias = dict[str, Any]

NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
TRUTH: Schema = {"type": "boolean"}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
VERSION_1: Schema = {"const": 1}


def record(members: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with all of `members`, perhaps some of `optional`, and no others."""
    return {
        "type": "object",
        "properties": {**members, **(optional or {})},
        "required": [*members],
        "additionalProperties": False,
    }


def by_name(values: Schema) -> Schema:
    """An object with values of one kind, whatever they are called."""
    return {"type": "object", "additionalProperties": values}


def many(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def maybe(schema: Schema) -> Schema:
    """Or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def either(*schemas: Schema) -> Schema:
    """One of them."""
    return {"anyOf": [*schemas]}


def one_of(*texts: str) -> Schema:
    """One of these texts."""
    return {"enum": [*texts]}


def numbers(*names: str) -> Schema:
    """An object of numbers."""
    return record(dict.fromkeys(names, NUMBER))


def with_members(schema: Schema, members: Mapping[str, Schema]) -> Schema:
    """An object with more members."""
    return {
        **schema,
        "properties": {**schema["properties"], **members},
        "required": [*schema["required"], *members],
    }


def of(kind: Any, without: Sequence[str] = (), *, omits_null: bool = False) -> Schema:
    """A dataclass as `asdict` has it, without some of its fields.

    With `omits_null` members that would be null are left out.
    """
    hints = get_type_hints(kind)
    members: dict[str, Schema] = {}
    optional: dict[str, Schema] = {}
    for each in fields(kind):
        if each.name in without or not each.compare:
            continue
        found = _of_hint(hints[each.name])
        if omits_null and type(None) in get_args(hints[each.name]):
            optional[each.name] = next(x for x in found["anyOf"] if x != {"type": "null"})
        else:
            members[each.name] = found
    return record(members, optional)


_SIMPLE: Mapping[Any, Schema] = {
    float: NUMBER,
    int: WHOLE,
    str: TEXT,
    bool: TRUTH,
    type(None): {"type": "null"},
}


def _of_hint(hint: Any) -> Schema:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return one_of(*arguments)
    if origin in (Union, types.UnionType):
        return either(*(_of_hint(x) for x in arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return many(_of_hint(arguments[0]))
    if origin is not None and issubclass(origin, Mapping):
        return by_name(_of_hint(arguments[1]))
    return of(hint)
