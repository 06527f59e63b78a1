"""What an editor shows of a word under the cursor, in Markdown."""

from __future__ import annotations

from imnnc.design import DIALECTS, Memristor, Technology
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.reference import Entry, entry
from imnnc.lang.values import Scope
from imnnc.lang.visible import built_in
from imnnc.lang.vocabulary import listing
from imnnc.lsp.documents import Word


def hover_text(word: Word) -> str | None:
    """What is known of a word; None where there is nothing to say."""
    found, text = word.occurrence, word.occurrence.text
    match found.role:
        case "word" | "choice":
            known = entry(found.kind, found.word)
            return None if known is None else entry_text(known)
        case "constant" | "definition":
            return _constant(word)
        case "technology":
            devices = {**built_in()[0], **word.visible.technologies}
            technology = devices.get(text)
            return None if technology is None else technology_text(technology)
        case "memristor":
            cells = {**built_in()[1], **word.visible.memristors}
            memristor = cells.get(text)
            return None if memristor is None else memristor_text(memristor)
        case "method":
            method = entry("methods", text)
            return None if method is None else entry_text(method)
        case "layer":
            return _layer(word)
        case "dialect":
            return f"The circuit for {DIALECTS[text]}." if text in DIALECTS else None
        case "file":
            known = entry(found.kind, found.word)
            return None if known is None else known.text


def entry_text(known: Entry) -> str:
    """What a word means, what it takes, and what it is unless it is given."""
    values = [known.limits] if known.limits is not None else []
    values += [listing(known.choices)] if known.choices else []
    facts = [f"Takes {' or '.join(values)}."] if values else []
    facts += [f"Unless given: {known.default}."] if known.default is not None else []
    return "\n\n".join([f"**{known.word}**: {known.text}", *facts])


def technology_text(technology: Technology) -> str:
    """The operating point of a technology, and its corners."""
    volts = BOUNDS["supply"].show_float(technology.supply_volts)
    celsius = BOUNDS["temperature"].show_float(technology.temperature_celsius)
    return (
        f"**technology {technology.name}**: rails at plus and minus {volts}, {celsius}, corner"
        f" `{technology.corner}` of {listing(technology.corners, 'and')}."
    )


def memristor_text(memristor: Memristor) -> str:
    """The range and the levels of a memristor."""
    show = BOUNDS["conductance"].show_float
    levels = "continuous" if memristor.levels is None else f"{memristor.levels} levels"
    low, high = memristor.conductance_min_siemens, memristor.conductance_max_siemens
    return f"**memristor {memristor.name}**: {show(low)} .. {show(high)}, {levels}."


def _constant(word: Word) -> str | None:
    name = word.occurrence.text
    constant = word.visible.constants.get(name)
    if constant is None:
        return None
    if constant.value is None:
        return f"`{name}`, which is wrong where it is defined."
    place = constant.name.source
    where = "" if place.name == str(word.module.path) else f"  \nFrom `{constant.name.place}`."
    return f"`{name} = {constant.value}`, {constant.value.dimension}{where}"


def _layer(word: Word) -> str | None:
    member = word.member
    if member is None:
        return None
    return f"`{Scope(word.module.file.source, {}).snippet(member)}`"
