"""How cells are programmed: the `pulses` of a memristor, and the `program` block."""

from __future__ import annotations

from typing import Any

from imnnc.design import Memristor
from imnnc.diagnostics import Label, Span, fail
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.problems import Problems
from imnnc.lang.settings import Settings, one_of
from imnnc.lang.syntax import Section
from imnnc.lang.values import Scope
from imnnc.lang.vocabulary import PULSES
from imnnc.limits import settings_of
from imnnc.pulses import MOST_PULSES, Pulses
from imnnc.tasks import EmitSpec, ProgramSpec

_OPTIONAL = ("pulse_width", "read_time", "set_voltage", "reset_voltage")
_REQUIRED = tuple(word for word in settings_of(Pulses) if word not in _OPTIONAL)
_PROGRAM = ("tolerance", "first_guess", "most_tries")


def pulses(settings: Settings, range_siemens: float) -> Pulses | None:
    """The `pulses` of a memristor of such a range; what is wrong is in `settings.problems`."""
    name = settings.word("pulses")
    if name is None:
        return None
    setting, problems = settings.setting("pulses"), settings.problems
    with problems.gathered():
        one_of(name, "pulses", PULSES, "IM138")
    inner = Settings(setting.block, "pulses", "pulses", settings.scope, problems)
    options: dict[str, Any] = inner.numbers(Pulses)
    span = settings.scope.span(setting.key)
    inner.require(_REQUIRED, "pulses", span)
    for word, other in (
        ("read_time", "pulse_width"),
        ("set_voltage", "reset_voltage"),
        ("reset_voltage", "set_voltage"),
        ("set_voltage", "pulse_width"),
    ):
        with problems.gathered():
            if word in inner and other not in inner:
                raise fail("IM117", f"`{word}` must go with `{other}`", inner.span(word))
    for word in ("set_step", "reset_step"):
        with problems.gathered():
            step = options.get(f"{word}_siemens", range_siemens)
            if range_siemens and not range_siemens / MOST_PULSES <= step <= range_siemens:
                show = BOUNDS[word].show_float
                raise fail(
                    "IM114",
                    f"`{word}` must be from {show(range_siemens / MOST_PULSES)} to"
                    f" {show(range_siemens)}, not {show(step)}",
                    inner.span(word),
                    notes=[f"the range of the conductance, in {MOST_PULSES:,} steps or in one"],
                )
    if problems.found or any(word not in inner for word in _REQUIRED):
        return None
    return Pulses(**options, span=span)


def program(
    section: Section, memristor: Memristor | None, emitted: EmitSpec, span: Span, scope: Scope
) -> ProgramSpec:
    """The `program` block at `span`; raises `CompileError` with all that is wrong with it."""
    problems = Problems()
    settings = Settings(section.block, "program", "program", scope, problems)
    options: dict[str, Any] = settings.numbers(ProgramSpec)
    tolerance = settings.amount("tolerance", "program.tolerance")
    settings.require(_PROGRAM, "program", span)
    with problems.gathered():
        if memristor is not None and memristor.pulses is None:
            raise fail(
                "IM117",
                f"`program` must go with the `pulses` of memristor `{memristor.name}`,"
                " which does not say what a pulse does",
                span,
                secondary=[]
                if memristor.span is None
                else [Label(memristor.span, "the memristor")],
                help="`imnnc explain IM117` has an example",
            )
    with problems.gathered():
        if not emitted.programming:
            raise fail(
                "IM117",
                "`program` must go with programming files, which `emit` leaves out",
                span,
                secondary=[] if emitted.span is None else [Label(emitted.span, "what is emitted")],
                help="write `emit ngspice, programming csv`",
            )
    problems.check()
    assert tolerance is not None, "it is required"
    return ProgramSpec(float(tolerance), **options, span=span)
