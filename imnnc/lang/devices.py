"""Technologies and memristors: defined in full, or refined where one of the name is known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from imnnc.design import Memristor, Technology, Transistor
from imnnc.diagnostics import CompileError, Source, Span, fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.foreign import foreign_models
from imnnc.lang.kits import kit, with_library
from imnnc.lang.laws import cell_source
from imnnc.lang.problems import Problems, already_reported
from imnnc.lang.pulsing import pulses
from imnnc.lang.settings import Settings, Word, one_of
from imnnc.lang.syntax import LawModel, Name, Section
from imnnc.lang.values import Scope, declared
from imnnc.lang.vocabulary import (
    DISTRIBUTIONS,
    TERMINALS,
    listing,
)
from imnnc.nearby import suggestion
from imnnc.parasitics import Parasitics
from imnnc.technology.mismatch import Mismatch

_ROOM_TEMPERATURE_CELSIUS = 27.0
_REQUIRED = ("library", "corners", "nmos", "pmos", "supply")
# What may be changed of a technology that is defined elsewhere: where it is used, not what it is.
_OPERATING_POINT = ("corner", "temperature", "supply", "mismatch")
# And where its model files are, for those who keep a copy of their own.
_MODELS = ("library", "include")
_DEVICES = ("corners", "nmos", "pmos")


def header(section: Section, scope: Scope) -> Span:
    """The keyword and the name of a section, without its block."""
    return Span(scope.source, section.start, (section.name or section.keyword).end)


def technology(
    section: Section, known: Mapping[str, Technology], folder: Path, scope: Scope
) -> Technology:
    """The technology of a `technology` block; `known` are those that it may refine.

    Where its models are in a foundry's kit, that has yet to be found (`located`).

    Raises `CompileError` with everything that is wrong with the block.
    """
    assert section.name is not None
    problems = Problems()
    name = declared(section.name, scope)
    settings = Settings(section.block, "technology", f"technology {name}", scope, problems)
    span = header(section, scope)
    is_definition = name not in known or any(key in settings for key in _DEVICES)
    if "library" in settings and is_definition:
        base = _define_technology(name, settings, folder, span)
    elif name in known:
        base = _with_models(known[name], settings, folder)
        for key in settings.given:
            if key not in (*_OPERATING_POINT, *_MODELS, *settings.foreign):
                with problems.gathered():
                    raise _only_in_definition(key, "library", settings)
    else:
        with problems.gathered():  # of which a misspelt word may be the cause
            raise _unknown(section.name, "technology", known, scope, "IM130", "library")
        problems.check()
        raise already_reported()
    mismatch = _mismatch(settings, base.mismatch)
    foreign = foreign_models(settings, base)
    corner = settings.word("corner")
    temperature = settings.amount("temperature")
    supply = settings.amount("supply")
    if corner is not None and base.corners:
        with problems.gathered():
            select_corner(corner, base)
    problems.check()
    return replace(
        base,
        corner=base.corner if corner is None else corner.text,
        temperature_celsius=base.temperature_celsius if temperature is None else float(temperature),
        supply_volts=base.supply_volts if supply is None else float(supply),
        mismatch=mismatch,
        foreign=foreign,
        span=span,
    )


def _mismatch(settings: Settings, base: Mismatch | None) -> Mismatch | None:
    """How transistors differ, by a block that may say so; both kinds where nothing is known."""
    if "mismatch" not in settings:
        return base
    inner = settings.parts("mismatch", "technology mismatch")
    nmos = inner.amount("nmos", "mismatch.nmos")
    pmos = inner.amount("pmos", "mismatch.pmos")
    if base is None:
        inner.require(("nmos", "pmos"), "mismatch", settings.span("mismatch"))
        base = Mismatch(0.0, 0.0)
    return Mismatch(
        base.nmos_volt_meters if nmos is None else float(nmos),
        base.pmos_volt_meters if pmos is None else float(pmos),
    )


def argument_corner(corner: str, technology: Technology) -> str:
    """A corner given as `--corner`, which must be one of the technology's."""
    return select_corner(Word(corner, Span(Source("--corner", corner), 0, len(corner))), technology)


def select_corner(corner: Word, technology: Technology) -> str:
    """The name of a corner, which must be one of the technology's."""
    return one_of(corner, "corner", technology.corners, "IM131")


def _define_technology(name: str, settings: Settings, folder: Path, span: Span) -> Technology:
    """The technology apart from its operating point; what is wrong is in `settings.problems`."""
    settings.require(_REQUIRED, f"technology {name}", span)
    in_kit = "kit" in settings
    library, includes = _models(settings, Path() if in_kit else folder, check=not in_kit)
    corners = tuple(word.text for word in settings.words("corners") or ())
    length_unit = settings.amount("length_unit")
    return Technology(
        name=name,
        library=library or folder,
        includes=includes,
        corners=corners,
        nmos=_transistor(settings, "nmos"),
        pmos=_transistor(settings, "pmos"),
        terminals=settings.terminals() or TERMINALS,
        instance_prefix=settings.prefix() or "M",
        length_unit_meters=1.0 if length_unit is None else float(length_unit),
        corner=corners[0] if corners else "",
        temperature_celsius=_ROOM_TEMPERATURE_CELSIUS,
        supply_volts=0.0,
        kit=kit(settings) if in_kit else None,
    )


def _models(
    settings: Settings, folder: Path, *, check: bool
) -> tuple[Path | None, tuple[Path, ...]]:
    """The library and what is included before it, which must be files where `check` says so."""
    library = settings.file("library", folder)
    includes = settings.files("include", folder) or ()
    for key, paths in (("library", [library] if library else []), ("include", includes)):
        with settings.problems.gathered():
            if check:
                _check_files(settings, key, paths)
    return library, includes


def _with_models(base: Technology, settings: Settings, folder: Path) -> Technology:
    """A known technology with the model files that a block names in place of its own.

    Files to include that it does not name are those of their names beside its library.
    """
    library, includes = _models(settings, folder, check=True)
    if library is None:
        return replace(base, includes=includes) if includes else base
    beside = tuple(library.parent / path.name for path in base.includes)
    return with_library(base, library, includes or beside)


def _check_files(settings: Settings, key: str, paths: Iterable[Path]) -> None:
    for path, value in zip(paths, settings.setting(key).values if paths else (), strict=True):
        if not os.path.isfile(path):  # unlike Path.is_file, false for any name
            raise fail(
                "IM143",
                f"there is no model file `{path}`",
                settings.scope.span(value),
                help=(
                    "environment variables are not put into file names: a `kit` block has folders "
                    "below `PDK_ROOT`"
                    if "$" in str(path)
                    else "file names are relative to the folder of the source that has them"
                ),
            )


def _transistor(settings: Settings, key: str) -> Transistor:
    device = settings.word(key)
    if device is None:
        return Transistor("", 0.0, 0.0)
    setting = settings.setting(key)
    inner = Settings(setting.block, "transistor", key, settings.scope, settings.problems)
    inner.require(("width", "length"), key, settings.scope.span(setting.key))
    width = inner.amount("width", "transistor.width")
    length = inner.amount("length", "transistor.length")
    diffusion = inner.amount("diffusion", "transistor.diffusion")
    return Transistor(
        device.text,
        float(width or 0),
        float(length or 0),
        None if diffusion is None else float(diffusion),
    )


def memristor(
    section: Section, known: Mapping[str, Memristor], folder: Path, scope: Scope
) -> Memristor:
    """The memristor of a `memristor` block; `known` are those that it may refine.

    `folder` is that of the source, in which a model of its cells is looked for.

    Raises `CompileError` with everything that is wrong with the block.
    """
    assert section.name is not None
    problems = Problems()
    name = declared(section.name, scope)
    settings = Settings(section.block, "memristor", f"memristor {name}", scope, problems)
    if "conductance" in settings:
        low, high = settings.range("conductance") or (0, 0)
        base = Memristor(name, float(low), float(high), levels=None, variation=0.0)
    elif name in known:
        base = known[name]
    else:
        with problems.gathered():
            raise _unknown(section.name, "memristor", known, scope, "IM132", "conductance")
        problems.check()
        raise already_reported()
    options: dict[str, Any] = {}
    continuous = settings.is_word("levels", "continuous")
    if continuous:
        options["levels"] = None
    options |= settings.numbers(Memristor, but=("levels",) if continuous else ())
    if "stuck" in settings:
        inner = settings.parts("stuck", "memristor stuck")
        shares = {"stuck_low": inner.amount("low"), "stuck_high": inner.amount("high")}
        options |= {name: float(x) for name, x in shares.items() if x is not None}
    distribution = settings.word("distribution")
    with problems.gathered():
        if distribution is not None:
            options["distribution"] = one_of(distribution, "distribution", DISTRIBUTIONS, "IM138")
    members: dict[str, Any] = settings.numbers(Parasitics)
    law = settings.law("law")
    if isinstance(law, LawModel):
        with problems.gathered():
            options["model"] = cell_source(law, folder, scope)
        members["sinh_per_volt"] = None
    elif law is not None:
        options["model"], members["sinh_per_volt"] = None, float(law)
    if "pulses" in settings:
        span = base.conductance_max_siemens - base.conductance_min_siemens
        options["pulses"] = pulses(settings, span)
    parasitics = replace(base.parasitics, **members)
    found = replace(base, **options, parasitics=parasitics, span=header(section, scope))
    with problems.gathered():
        if "unformed" in settings and found.unformed_siemens >= found.conductance_min_siemens > 0:
            raise fail(
                "IM114",
                "`unformed` must be less than the conductance of every formed cell,"
                f" {BOUNDS['conductance'].show_float(found.conductance_min_siemens)} and more",
                settings.span("unformed"),
            )
    problems.check()
    return found


def _only_in_definition(key: str, mark: str, settings: Settings) -> CompileError:
    return fail(
        "IM110",
        f"`{key}` belongs to the definition of a technology, which has a `{mark}`",
        settings.scope.span(settings.setting(key).key),
        notes=[
            "a block without one selects a known technology and may change "
            f"{listing(_OPERATING_POINT, 'and')}"
        ],
    )


def _unknown(
    name: Name, kind: str, known: Iterable[str], scope: Scope, code: str, mark: str
) -> CompileError:
    names = sorted(known)
    return fail(
        code,
        f"unknown {kind} `{name.text}`",
        scope.span(name),
        notes=[f"known are {listing(names, 'and')}; a block with a `{mark}` defines a new one"],
        help=suggestion(name.text, names),
    )
