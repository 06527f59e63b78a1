"""From trees to the validated `Design`: names are resolved, expressions evaluated, all checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from imnnc.design import Design, Memristor, MethodName, Network, Technology, TrainSpec
from imnnc.diagnostics import Label, Source, Span, fail
from imnnc.encoding import DataSpec
from imnnc.lang import crossbars, pulsing, syntax, tasks, topology, training
from imnnc.lang.bounds import BOUNDS, within
from imnnc.lang.devices import argument_corner, header
from imnnc.lang.kits import located
from imnnc.lang.laws import check_law, with_cells
from imnnc.lang.modules import NOTHING_EDITED, Edited, Module, load
from imnnc.lang.overrides import Overrides
from imnnc.lang.problems import Problems
from imnnc.lang.settings import Word
from imnnc.lang.values import Scope
from imnnc.lang.visible import Visible, built_in, visible_in
from imnnc.lang.vocabulary import listing
from imnnc.tasks import ChipsSpec, EmitSpec, ProgramSpec, VerifySpec
from imnnc.units import PLAIN, Quantity

_Device = TypeVar("_Device", Technology, Memristor)
_NO_DEFINES: Mapping[str, str] = MappingProxyType({})


def load_design(
    path: Path,
    defines: Mapping[str, str] = _NO_DEFINES,
    *,
    corner: str | None = None,
    seed: int | None = None,
    method: str | None = None,
    edited: Edited = NOTHING_EDITED,
) -> Design:
    """The validated design of a source file with everything that it imports.

    `defines` maps names of constants to expressions of the language, which take the place of
    those in the source; `corner` and `seed` do the same for the technology and all training.
    `method` puts the `train` block of that method first; where the source has none, one is made
    of its first block.  `edited` takes the place of what files hold.

    Raises `CompileError` with all the independent mistakes that were found, or where the kit of
    the technology is not here.
    """
    return design_of(load(path, edited), defines, corner=corner, seed=seed, method=method)


def design_of(
    main: Module,
    defines: Mapping[str, str] = _NO_DEFINES,
    *,
    corner: str | None = None,
    seed: int | None = None,
    method: str | None = None,
) -> Design:
    """The same of a source that has been read, with its imports."""
    problems = Problems()
    overrides = Overrides(defines, problems)
    visible = visible_in(main, overrides, problems)
    overrides.report_unused(visible.constants)
    design = _Assembly(main, visible, problems).design(corner, seed, method)
    problems.check()
    assert design is not None, "a design that is wrong has a diagnostic"
    # Only the kit of the technology that is used is looked for, and when the source is right.
    technology = with_cells(located(design.technology), design.memristor.model)
    return replace(design, technology=technology)


class _Assembly:
    """Puts the blocks of the main file together; each is checked although others are wrong."""

    def __init__(self, main: Module, visible: Visible, problems: Problems) -> None:
        self.main = main
        self.visible = visible
        self.problems = problems
        self.scope = Scope(main.file.source, visible.constants)
        self.network_declaration: syntax.Network | None = None
        self.emit_declaration: syntax.Emit | None = None
        self.sections: dict[str, syntax.Section] = {}
        self.train_sections: dict[str, syntax.Section] = {}  # by method
        self.crossbar_sections: dict[str, syntax.Section] = {}  # by layer, "" for all
        self._sort_declarations()

    def design(self, corner: str | None, seed: int | None, method: str | None) -> Design | None:
        """The design, None where a part of it is wrong."""
        technology = self._technology(corner)
        memristor = self._memristor(technology)
        emit = self._emit()
        network = self._network(technology, emit.dialects)
        network, memristor = self._in_arrays(network, memristor, emit)
        check_law(memristor, technology, network, emit, self.problems)
        data = self._data(network, technology)
        trains = self._trains(network, technology, seed, method)
        verify = self._verify(technology)
        chips = self._chips(trains, technology)
        program = self._program(memristor, emit)
        if technology is None or memristor is None or network is None or not trains:
            return None
        return Design(
            network=network,
            technology=technology,
            memristor=memristor,
            data=data,
            trains=trains,
            verify=verify,
            emit=emit,
            chips=chips,
            program=program,
            source_sha256=hashlib.sha256(self.main.contents).hexdigest(),
            path=self.main.path,
        )

    def _sort_declarations(self) -> None:
        """Find the blocks, of which there is at most one each, of `train` one a method, of
        `crossbar` one for all layers and one a layer."""
        first: dict[str, tuple[Span, str]] = {}
        for declaration in self.main.file.declarations:
            match declaration:
                case syntax.Network():
                    keyword, name, last = "network", "", declaration.name.end
                    self.network_declaration = self.network_declaration or declaration
                case syntax.Emit():
                    keyword, name, last = "emit", "", declaration.start + len("emit")
                    self.emit_declaration = self.emit_declaration or declaration
                case syntax.Section():
                    keyword, last = declaration.keyword.text, header(declaration, self.scope).end
                    name = declaration.name.text if declaration.name is not None else ""
                    if keyword == "train":
                        self.train_sections.setdefault(name, declaration)
                        keyword = f"train {name[:60]}"
                    elif keyword == "crossbar":
                        self.crossbar_sections.setdefault(name, declaration)
                        keyword = f"crossbar {name[:60]}".rstrip()
                    else:
                        self.sections.setdefault(keyword, declaration)
                case _:
                    continue
            span = Span(self.scope.source, declaration.start, last)
            first_span, first_name = first.setdefault(keyword, (span, name))
            # A device that is defined twice under one name has been reported as such.
            is_device = keyword in ("technology", "memristor")
            if first_span is not span and not (is_device and name == first_name):
                with self.problems.gathered():
                    raise fail(
                        "IM121",
                        f"a design must have one `{keyword}`, this is another",
                        span,
                        secondary=[Label(first_span, "the first one")],
                    )

    def _technology(self, corner: str | None) -> Technology | None:
        # What is taken unnamed has its models with it, and none in a kit.
        ready = {name: found for name, found in built_in()[0].items() if found.kit is None}
        technology = self._device("technology", self.visible.technologies, ready, min)
        if technology is None or corner is None:
            return technology
        with self.problems.gathered():
            return replace(technology, corner=argument_corner(corner, technology))
        return None

    def _memristor(self, technology: Technology | None) -> Memristor | None:
        technologies, ready = built_in()

        def fitting(names: Collection[str]) -> str:
            """The one of the technology's own kit, or else of none, that loads inverters least."""
            kits = [f"{name}_" for name in technologies]
            own = "" if technology is None else f"{technology.name}_"
            of_kit = [x for x in names if x.startswith(own)] if own in kits else []
            of_none = [x for x in names if not x.startswith(tuple(kits))]
            loads = {x: ready[x].conductance_max_siemens if x in ready else 0.0 for x in names}
            return min(of_kit or of_none or names, key=lambda x: (loads[x], x))

        return self._device("memristor", self.visible.memristors, ready, fitting)

    def _device(
        self,
        kind: str,
        visible: Mapping[str, _Device | None],
        built_in: Mapping[str, _Device],
        proposed: Callable[[Collection[str]], str],
    ) -> _Device | None:
        """The device that the main file names, or else the only one that it sees."""
        section = self.sections.get(kind)
        if section is not None:
            assert section.name is not None
            return visible.get(section.name.text)
        candidates: Mapping[str, _Device | None] = visible or built_in
        if len(candidates) == 1:
            return next(iter(candidates.values()))
        with self.problems.gathered():
            raise fail(
                "IM137",
                f"the design must name its {kind}: {listing(sorted(candidates))}",
                self._whole_file(),
                help=f"put in `{kind} {proposed(candidates)}`",
            )
        return None

    def _network(self, technology: Technology | None, dialects: tuple[str, ...]) -> Network | None:
        if self.network_declaration is not None:
            return topology.network(
                self.network_declaration, technology, dialects, self.scope, self.problems
            )
        self._report_missing("network")
        return None

    def _in_arrays(
        self, network: Network | None, memristor: Memristor | None, emit: EmitSpec
    ) -> tuple[Network | None, Memristor | None]:
        """Both, in arrays that are built as the `crossbar` blocks say."""
        network, found = crossbars.arrays(
            self.crossbar_sections, network, self.scope, self.problems
        )
        if found.wires is not None and "verilog" in emit.dialects:
            with self.problems.gathered():
                raise fail(
                    "IM505",
                    "the model in SystemVerilog has no part for the wires of crossbars",
                    emit.span,
                    help="leave `verilog` out of `emit`",
                )
        if memristor is None:
            return network, None
        parasitics = replace(
            memristor.parasitics, wires=found.wires, capacitances=found.capacitances
        )
        return network, replace(memristor, parasitics=parasitics)

    def _data(self, network: Network | None, technology: Technology | None) -> DataSpec | None:
        section = self.sections.get("data")
        with self.problems.gathered():
            if section is not None:
                return tasks.data(section, network, technology, self.main.folder, self.scope)
        return None

    def _trains(
        self,
        network: Network | None,
        technology: Technology | None,
        seed: int | None,
        method: str | None,
    ) -> tuple[TrainSpec, ...]:
        """The `train` blocks that are right, the chosen one first."""
        if not self.train_sections:
            self._report_missing("train")
            return ()
        chosen: MethodName | None = None
        with self.problems.gathered():
            if method is not None:
                given = Word(method, Span(Source("--method", method), 0, len(method)))
                chosen = training.known_method(given, "method")
        trains: list[TrainSpec] = []
        losses: list[Span] = []
        for section in self.train_sections.values():
            with self.problems.gathered():
                trains.append(
                    training.train(section, network, technology, self.main.folder, self.scope)
                )
                losses.append(self._setting(section, "loss"))
        with self.problems.gathered():
            if trains and network is not None:
                self._check_loss(trains[0], network, losses[0])
        self._check_losses_agree(trains, losses)
        if chosen is not None and len(trains) == len(self.train_sections):
            with self.problems.gathered():
                trains = training.with_first(trains, chosen, network)
        return tuple(self._reseeded(trains, seed))

    def _reseeded(self, trains: list[TrainSpec], seed: int | None) -> list[TrainSpec]:
        if seed is None:
            return trains
        with self.problems.gathered():
            span = Span(Source("--seed", str(seed)), 0, len(str(seed)))
            within("seed", Quantity(Fraction(seed), PLAIN), BOUNDS["seed"], span)
        return [replace(train, seed=seed) for train in trains]

    def _setting(self, section: syntax.Section, key: str) -> Span:
        """The place of a setting that a section has."""
        assert section.block is not None
        settings = {setting.key.text: setting for setting in section.block.settings}
        return self.scope.span(settings[key])

    def _check_losses_agree(self, trains: list[TrainSpec], losses: list[Span]) -> None:
        """Methods that answer different questions cannot be compared."""
        for train, loss in zip(trains[1:], losses[1:], strict=True):
            with self.problems.gathered():
                if train.loss != trains[0].loss:
                    raise fail(
                        "IM126",
                        f"`loss` must be `{trains[0].loss}` in every `train` block, "
                        f"not `{train.loss}`",
                        loss,
                        secondary=[Label(losses[0], "the first one")],
                    )

    def _check_loss(self, train: TrainSpec, network: Network, loss: Span) -> None:
        """Classes need an output each; targets in volts are for numbers."""
        if train.loss == "cross_entropy" and network.output.width < 2:
            output = network.output
            raise fail(
                "IM125",
                "`loss cross_entropy` must have two outputs or more, "
                f"`{output.name}` has {output.width}",
                loss,
                secondary=[Label(output.span, "the output")] if output.span is not None else [],
                help="for a number as the answer, write `loss mse`",
            )
        data = self.sections.get("data")
        targets = data.block.settings if data is not None and data.block is not None else ()
        for setting in targets:
            if setting.key.text == "target" and train.loss == "cross_entropy":
                raise fail(
                    "IM125",
                    "`target` must go with `loss mse`, not with `loss cross_entropy`",
                    self.scope.span(setting),
                    secondary=[Label(loss, "the loss")],
                )

    def _verify(self, technology: Technology | None) -> VerifySpec:
        section = self.sections.get("verify")
        with self.problems.gathered():
            if section is not None:
                return tasks.verify(section, technology, self.scope)
        return VerifySpec()

    def _chips(
        self, trains: tuple[TrainSpec, ...], technology: Technology | None
    ) -> ChipsSpec | None:
        section = self.sections.get("chips")
        with self.problems.gathered():
            if section is not None:
                loss = trains[0].loss if trains else None
                return tasks.chips(section, loss, technology, self.scope)
        return None

    def _program(self, memristor: Memristor | None, emit: EmitSpec) -> ProgramSpec | None:
        section = self.sections.get("program")
        with self.problems.gathered():
            if section is not None:
                span = header(section, self.scope)
                return pulsing.program(section, memristor, emit, span, self.scope)
        return None

    def _emit(self) -> EmitSpec:
        with self.problems.gathered():
            if self.emit_declaration is not None:
                return tasks.emit(self.emit_declaration, self.scope)
        return EmitSpec()

    def _report_missing(self, keyword: str) -> None:
        with self.problems.gathered():
            raise fail(
                "IM120",
                f"the design must have a `{keyword}` block",
                self._whole_file(),
                help="`imnnc explain IM120` has an example of every block",
            )

    def _whole_file(self) -> Span:
        """The end of the main file, for what is missing there."""
        end = len(self.scope.source.text.rstrip())
        return Span(self.scope.source, end, end)
