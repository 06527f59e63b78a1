"""What is wrong with a line of a table, and the command that mends it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from imnnc.data.fields import Origin, is_number, names_in, with_point, without_quotes
from imnnc.diagnostics import CompileError, fail

MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))

_FORM = (
    "a data table is numbers between commas, semicolons, tabs or blanks, with one line of "
    "headings at most"
)
_LONGEST_SHOWN = 20  # characters
_FEWEST_NAMED = 3  # fields of a row with its name
_MOST_CLASSES = 20  # whose names are worth a command
COMMENT = re.compile(r"\s*(%|//|@|!)")
_NAME = re.compile(r"[^\W\d_][\w -]*")  # of letters of any alphabet
_CLASS = re.compile(r"[^\d.,;+\-#\"'][^\"]*")
_NO_QUOTES = "tr -d '\"'"
_POINTS = "tr ',' '.'"
# Without their quotes, numbers with decimal commas between commas could not be told apart.
_NO_QUOTED_COMMAS = (
    'python3 -c \'import csv, sys; [print(*(x.replace(",", ".") for x in row), sep=",") '
    "for row in csv.reader(sys.stdin)]'"
)


def bad_count(
    origin: Origin, number: int, fields: Sequence[str], columns: int, *, headed: bool
) -> CompileError:
    """The error for a line of another length than those before it (IM206).

    Args:
        origin: the file.
        number: of the line.
        fields: of the line.
        columns: of the lines before it.
        headed: whether only headings are before it, which may be a title.
    """
    fault = f"expected {columns} columns, found {len(fields)}"
    if remedy := _remedy(origin, fields):
        return _mendable(origin, number, fault, remedy)
    if len(fields) == columns + 1 and not fields[-1].strip():
        return _mendable(origin, number, fault, _trailing(origin))
    if headed:
        what = "the line before it is taken for headings"
        return _mendable(origin, number, fault, (what, f"tail -n +{number}"))
    return _error(origin, number, fault, _FORM)


def bad_field(origin: Origin, number: int, fields: Sequence[str]) -> CompileError:
    """The error for a line with a field that is not a number (IM206)."""
    column, text = _first_text(fields)
    fault = f"expected a number, found {_shown(text)}"
    if remedy := _remedy(origin, fields):
        return _mendable(origin, number, fault, remedy)
    if not text and column == len(fields) - 1:
        return _mendable(origin, number, fault, _trailing(origin))
    if text.lower() in MISSING:
        what = f"column {column + 1} has no value"
        return _error(origin, number, fault, f"{what}: remove the line, or fill the gap")
    return _error(origin, number, fault, _FORM)


def ends_in_name(fields: Sequence[str]) -> bool:
    """Whether a line is numbers but for a name in its last column."""
    name = without_quotes(fields[-1])
    return len(fields) > 1 and all(map(is_number, fields[:-1])) and is_class_name(name)


def is_class_name(text: str) -> bool:
    """Whether text without quotes is what people call a class."""
    named = _CLASS.fullmatch(text) is not None and any(map(str.isalpha, text))
    return named and text.lower() not in MISSING


def named_class(
    origin: Origin, number: int, fields: Sequence[str], others: Iterable[tuple[int, str]]
) -> CompileError:
    """The error for classes that are named, with the numbers to write instead (IM206).

    Args:
        origin: the file.
        number: of the line.
        fields: of the line, which `ends_in_name`.
        others: the lines after it, with their numbers.
    """
    name = without_quotes(fields[-1])
    fault = f"expected a number, found {_shown(name)}"
    found = {name}
    for _, line in others:
        found.add(without_quotes(line.split(origin.separator)[-1]))
        if len(found) > _MOST_CLASSES:
            break
    what = "classes are whole numbers from 0, not names"
    if len(found) > _MOST_CLASSES or not all(map(_NAME.fullmatch, found)):
        return _error(origin, number, fault, what)
    blank = origin.separator is None or origin.separator == "\t"
    before = "[[:space:]]" if blank else origin.separator
    after = "\\t" if origin.separator == "\t" else (origin.separator or " ")
    names = enumerate(sorted(found))
    edits = "; ".join(f's/{before}[" ]*{name}[" \\r]*$/{after}{label}/' for label, name in names)
    return _mendable(origin, number, fault, (what, f"sed '{edits}'"))


def named_rows(
    origin: Origin, number: int, line: str, headings: Sequence[str]
) -> CompileError | None:
    """The error for rows that begin with their names, as R writes them (IM206); None: they do not.

    Args:
        origin: the file.
        number: of the line.
        line: the first one behind the headings.
        headings: the names of the columns; that of the rows is empty, or not among them.
    """
    if origin.separator is None:
        fields: Sequence[str] = [without_quotes(x) for x in re.findall(r'"[^"]*"|\S+', line)]
    else:
        fields = names_in(line, origin.separator)
    is_extra = len(fields) == len(headings) + 1
    is_text = not is_number(line.split(origin.separator)[0])
    is_unnamed = len(fields) == len(headings) and not headings[0] and is_text
    others = all(map(is_number, fields[1:])) or ends_in_name(fields[1:])
    if not (is_extra or is_unnamed) or len(fields) < _FEWEST_NAMED or not others:
        return None
    if is_number(fields[0]) and is_extra and float(fields[0]) not in (0, 1):
        return None  # a number too many
    blank = r"[[:space:]]" if origin.separator is None else origin.separator
    blank = r"\t" if origin.separator == "\t" else blank
    many = "+" if origin.separator is None else ""
    plain = "[^[:space:]]+" if origin.separator is None else f"[^{blank}]*"
    start = number if is_extra else number - 1
    command = f"""sed -E '{start},$s/^("[^"]*"|{plain}){blank}{many}//'"""
    if '"' in line:
        command += f" | {_NO_QUOTES}"
    fault = f"expected {len(headings)} columns, found {len(fields)}"
    if is_unnamed:
        fault = f"expected a number, found {_shown(fields[0])}"
    return _mendable(origin, number, fault, ("rows begin with their names", command))


def _remedy(origin: Origin, fields: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with a line that a command can mend, and the command; None for the rest."""
    if comment := COMMENT.match(fields[0]):
        mark = comment[1]
        return f"comments begin with `#`, not with `{mark}`", f"grep -v '^[[:space:]]*{mark}'"
    if not any(field.strip() for field in fields):
        return "nothing stands between the separators", "grep -v '^[,;[:space:]]*$'"
    _, text = _first_text(fields)
    if is_number(text):
        return None
    if _halved(text) and all(is_number(with_point(x)) for x in _whole(origin, fields)):
        return "numbers have decimal commas, in quotes", _NO_QUOTED_COMMAS
    if is_number(without_quotes(text)):
        return "numbers are in quotes", _NO_QUOTES
    if is_number(with_point(text)):
        command = f"{_NO_QUOTES} | {_POINTS}" if '"' in text else _POINTS
        return "numbers have decimal commas", command
    if "|" in text and all(map(is_number, text.split("|"))):
        return "fields stand between `|`", "tr '|' ','"
    if re.match(r"\S+\s*#", text) or text.startswith("#"):
        return "comments stand in lines of their own", "sed 's/[[:space:]]*#.*//'"
    return None


def _first_text(fields: Sequence[str]) -> tuple[int, str]:
    """The first field that is not a number, and its place; the last where there is none."""
    numbers = [is_number(field) for field in fields]
    column = numbers.index(False) if False in numbers else len(fields) - 1
    return column, fields[column].strip()


def _whole(origin: Origin, fields: Sequence[str]) -> tuple[str, ...]:
    """The fields of a line that was cut at separators within quotes."""
    separator = origin.separator or " "
    return names_in(separator.join(fields), origin.separator)


def _halved(field: str) -> bool:
    """Whether a field is the first half of one that has a separator within quotes."""
    text = field.strip()
    return text.startswith('"') and (len(text) == 1 or not text.endswith('"'))


def _trailing(origin: Origin) -> tuple[str, str]:
    end = r"\t" if origin.separator == "\t" else origin.separator
    return "the line ends in a separator", f"sed 's/{end}[[:space:]]*$//'"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def _mendable(origin: Origin, number: int, fault: str, remedy: tuple[str, str]) -> CompileError:
    what, command = remedy
    return _error(origin, number, fault, f"{what}; write `{origin.mended(command)}`")


def _error(origin: Origin, number: int, fault: str, remedy: str) -> CompileError:
    message = f"line {number} of `{origin.path}`: {fault}"
    return fail("IM206", message, origin.span, help=remedy)
