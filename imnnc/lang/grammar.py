"""The grammar of `grammar/imnn.lark` as a parser, from tables that were made of it beforehand.

To make tables of a grammar takes lark longer than to read any source.  They lie beside it in
`imnn.tables.json`, made by `python -m scripts.grammar_tables`, and stand for the text and the
version of lark that they were made of, no other: where one differs lark makes its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import lark
from lark import Lark, Token, Transformer
from lark.grammar import Rule
from lark.lexer import TerminalDef

from imnnc.resources import resource

GRAMMAR_FILE, TABLES_FILE = "imnn.lark", "imnn.tables.json"


def parser(builder: Transformer[Token, Any]) -> Lark:
    """A parser that builds by `builder`."""
    folder = resource("grammar")
    text = (folder / GRAMMAR_FILE).read_text(encoding="utf-8")
    try:
        stored = json.loads((folder / TABLES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stored = {}
    if stored.get("of") != _identity(text):
        return Lark(text, transformer=builder, **_OPTIONS)
    data, memo = stored["data"], dict(enumerate(stored["memo"]))
    table = data["parser"]["parser"]
    table["tokens"] = {name: name for row in table["states"] for name in row}
    table["states"] = {
        state: {name: (0, to) if to >= 0 else (1, {"@": ~to}) for name, to in row.items()}
        for state, row in enumerate(table["states"])
    }
    made: Lark = Lark._load_from_dict(data, memo, transformer=builder)  # type: ignore[no-untyped-call]
    return made


_OPTIONS: dict[str, Any] = {
    "start": ["start", "define"],
    "parser": "lalr",
    "lexer": "contextual",
    "maybe_placeholders": False,
}


def _identity(text: str) -> dict[str, str]:
    """What tables stand for."""
    return {"lark": lark.__version__, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def tables() -> str:
    """The tables as text, which is the same on every machine."""
    text = (resource("grammar") / GRAMMAR_FILE).read_text(encoding="utf-8")
    data, memo = Lark(text, **_OPTIONS).memo_serialize([TerminalDef, Rule])
    data["options"] = {name: data["options"][name] for name in _OPTIONS}
    table = data["parser"]["parser"]
    names = table.pop("tokens")
    rows = {
        state: {names[token]: action for token, action in row.items()}
        for state, row in table["states"].items()
    }
    # lark's own numbers are those of sets, which have another order in each process.
    order = list(_reached(rows, table["start_states"]))
    number = {state: index for index, state in enumerate(order)}
    # A shift is the state that it leads to, a reduction its rule in `memo`, with all bits flipped.
    table["states"] = [
        {name: ~to["@"] if reduces else number[to] for name, (reduces, to) in rows[state].items()}
        for state in order
    ]
    for ends in ("start_states", "end_states"):
        table[ends] = {name: number[state] for name, state in table[ends].items()}
    found = {
        "of": _identity(text),
        "data": data,
        "memo": [memo[index] for index in range(len(memo))],
    }
    return json.dumps(found, sort_keys=True, separators=(",", ":")) + "\n"


def _reached(rows: dict[int, dict[str, Any]], starts: dict[str, int]) -> Iterator[int]:
    """The states in the order in which shifts reach them, by the names of what is shifted."""
    pending = [state for _, state in sorted(starts.items())]
    seen = set(pending)
    while pending:
        state = pending.pop(0)
        yield state
        for _, (reduces, target) in sorted(rows[state].items(), key=lambda x: x[0]):
            if not reduces and target not in seen:
                seen.add(target)
                pending.append(target)
