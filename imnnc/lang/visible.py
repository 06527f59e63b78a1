"""What a module sees: its constants and devices, those of its imports, and the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from imnnc.design import Memristor, Technology
from imnnc.diagnostics import Label, Span, fail
from imnnc.lang.devices import memristor, technology
from imnnc.lang.kits import located
from imnnc.lang.modules import Module, load
from imnnc.lang.overrides import Overrides
from imnnc.lang.problems import Problems
from imnnc.lang.syntax import Import, Let, Node, Section
from imnnc.lang.values import Constant, Definition, Scope, declared, evaluate_constants
from imnnc.lang.vocabulary import listing
from imnnc.nearby import suggestion
from imnnc.resources import resource

_Device = TypeVar("_Device", Technology, Memristor)


@dataclass
class Visible:
    """Constants and devices by name; the built-in devices are not among these.

    A device that is wrong is None: that has been reported.
    """

    constants: dict[str, Constant] = field(default_factory=dict)
    technologies: dict[str, Technology | None] = field(default_factory=dict)
    memristors: dict[str, Memristor | None] = field(default_factory=dict)


@dataclass
class _Known:
    """The devices that a block may refine: built-in ones, hidden by those of the same name."""

    technologies: dict[str, Technology]
    memristors: dict[str, Memristor]


def visible_in(module: Module, overrides: Overrides, problems: Problems) -> Visible:
    """What the main module sees; everything wrong with it and its imports goes to `problems`."""
    return _Collector(overrides, problems).collect(module, main=True)


@cache
def built_in() -> tuple[dict[str, Technology], dict[str, Memristor]]:
    """The devices that come with the compiler: sources in its own technology folder."""
    problems = Problems()
    technologies: dict[str, Technology] = {}
    memristors: dict[str, Memristor] = {}
    for path in sorted(resource("technology").glob("*.imnn")):
        collector = _Collector(Overrides({}, problems), problems, bootstrap=True)
        seen = collector.collect(load(path), main=False)
        problems.check()
        technologies |= {name: device for name, device in seen.technologies.items() if device}
        memristors |= {name: device for name, device in seen.memristors.items() if device}
    return technologies, memristors


def built_in_technology(name: str) -> Technology:
    """A technology that comes with the compiler; its models may be in a kit that is not here.

    Raises `CompileError` where there is none of the name.
    """
    technologies, _ = built_in()
    if name not in technologies:
        raise fail(
            "IM130",
            f"unknown technology `{name}`",
            notes=[f"known are {listing(technologies, 'and')}"],
            help=suggestion(name, technologies),
        )
    return technologies[name]


def load_technology(name: str) -> Technology:
    """A technology that comes with the compiler, with its model files found.

    Raises `CompileError` where there is none of the name, or where its kit is not here.
    """
    return located(built_in_technology(name))


def technology_names() -> tuple[str, ...]:
    """The names of the technologies that come with the compiler."""
    return tuple(built_in()[0])


class _Collector:
    def __init__(
        self, overrides: Overrides, problems: Problems, *, bootstrap: bool = False
    ) -> None:
        self._overrides = overrides
        self._problems = problems
        self._technologies, self._memristors = ({}, {}) if bootstrap else built_in()
        self._done: dict[Path, Visible] = {}

    def collect(self, module: Module, *, main: bool) -> Visible:
        """What a module sees, after its imports."""
        resolved = module.path.resolve()
        if resolved not in self._done:
            self._done[resolved] = self._collect(module, main)
        return self._done[resolved]

    def _collect(self, module: Module, main: bool) -> Visible:
        visible = Visible()
        for declaration, imported in module.imports:
            at = declaration.path.span(module.file.source)
            self._merge(visible, self.collect(imported, main=False), at)
        definitions = self._definitions(module, visible)
        visible.constants = evaluate_constants(
            self._overrides.replace(definitions), visible.constants, self._problems
        )
        scope = Scope(module.file.source, visible.constants)
        first: dict[tuple[str, str], Node] = {}
        known = _Known(
            {**self._technologies, **_sound(visible.technologies)},
            {**self._memristors, **_sound(visible.memristors)},
        )
        for declaration_ in module.file.declarations:
            if isinstance(declaration_, Section) and declaration_.name is not None:
                self._device(declaration_, module, scope, visible, first, known)
            if not main and not isinstance(declaration_, Import | Let):
                self._check_importable(declaration_, scope)
        return visible

    def _merge(self, visible: Visible, imported: Visible, at: Span) -> None:
        """Two imports may bring the same thing, but not two things of one name."""
        for name, constant in imported.constants.items():
            known = visible.constants.setdefault(name, constant)
            if known is not constant:
                self._report_clash("constant", name, at)
        for name, found in imported.technologies.items():
            if visible.technologies.setdefault(name, found) != found:
                self._report_clash("technology", name, at)
        for name, device in imported.memristors.items():
            if visible.memristors.setdefault(name, device) != device:
                self._report_clash("memristor", name, at)

    def _report_clash(self, kind: str, name: str, at: Span) -> None:
        with self._problems.gathered():
            raise fail("IM104", f"another import brings a different {kind} `{name}`", at)

    def _definitions(self, module: Module, visible: Visible) -> dict[str, Definition]:
        source = module.file.source
        definitions: dict[str, Definition] = {}
        for declaration in module.file.declarations:
            if not isinstance(declaration, Let):
                continue
            span = declaration.name.span(source)
            name = declaration.name.text
            known = definitions.get(name) or visible.constants.get(name)
            with self._problems.gathered():
                declared(declaration.name, Scope(source, {}))
                if known is not None:
                    raise fail(
                        "IM104",
                        f"the constant `{name}` is defined twice",
                        span,
                        secondary=[Label(known.name, "first defined here")],
                    )
                definitions[name] = Definition(span, declaration.value, source)
        return definitions

    def _device(
        self,
        section: Section,
        module: Module,
        scope: Scope,
        visible: Visible,
        first: dict[tuple[str, str], Node],
        known: _Known,
    ) -> None:
        kind, name = section.keyword.text, section.name
        assert name is not None
        if kind not in ("technology", "memristor"):
            return
        with self._problems.gathered():
            earlier = first.setdefault((kind, name.text), name)
            if earlier is not name:
                raise fail(
                    "IM104",
                    f"the {kind} `{name.text}` is defined twice",
                    scope.span(name),
                    secondary=[Label(scope.span(earlier), "first defined here")],
                )
            if kind == "technology":
                visible.technologies[name.text] = None
                found = technology(section, known.technologies, module.folder, scope)
                visible.technologies[name.text] = known.technologies[name.text] = found
            else:
                visible.memristors[name.text] = None
                device = memristor(section, known.memristors, module.folder, scope)
                visible.memristors[name.text] = known.memristors[name.text] = device

    def _check_importable(self, declaration: Node, scope: Scope) -> None:
        keyword = getattr(declaration, "keyword", None)
        word = keyword.text if keyword is not None else type(declaration).__name__.lower()
        if word in ("technology", "memristor"):
            return
        with self._problems.gathered():
            raise fail(
                "IM142",
                f"an imported file cannot have `{word}`",
                Span(scope.source, declaration.start, declaration.start + len(word)),
                notes=["imports bring constants, technologies and memristors"],
            )


def _sound(devices: dict[str, _Device | None]) -> dict[str, _Device]:
    return {name: device for name, device in devices.items() if device is not None}
