"""A design without a file: values of Python, checked as the source that they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from imnnc.api.html import html_facts
from imnnc.api.models import range_of
from imnnc.design import (
    Design,
    InputPort,
    InverterSizes,
    Layer,
    Memristor,
    Technology,
    TrainSpec,
)
from imnnc.diagnostics import CompileError, fail
from imnnc.encoding import DataSpec
from imnnc.lang import described, load_design
from imnnc.lang.modules import Edited
from imnnc.lang.words import Words, checked, written_block
from imnnc.parasitics import NO_PARASITICS
from imnnc.scratch import temporary_folder
from imnnc.tasks import ChipsSpec, EmitSpec, ProgramSpec, VerifySpec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Arrays: TypeAlias = dict[str, dict[str, NDArray[Any]]]  # by file and name

_INPUTS, _HIDDEN, _OUTPUTS = "inputs", "hidden", "outputs"
_SIZES = (1, 10)
_INPUT_VOLTS, _TARGET_VOLTS = "-0.25 V .. 0.25 V", "-0.2 V .. 0.2 V"
_ARRAYS = "arrays"  # in place of a `file` of the data
_NOTE = "this is what `imnnc.Network` was given, as a source"


@dataclass(frozen=True)
class Origin:
    """Where a design comes from: a file, or values that take the place of one."""

    path: Path
    edited: Edited = field(default_factory=dict, repr=False)
    samples: Path | None = None  # the file of a `Network`'s arrays while somebody reads it

    def design(self, define: Mapping[str, str] | None = None, **chosen: Any) -> Design:
        """The validated design; see `imnnc.lang.load_design` for `define` and what is `chosen`."""
        return self.adapted(load_design(self.path, define or {}, edited=self.edited, **chosen))

    def adapted(self, design: Design) -> Design:
        """A design of this source with its samples where they are."""
        if self.samples is None or design.data is None:
            return design
        return replace(design, data=replace(design.data, file=self.samples))


class Network:
    """A network and all that is to be done with it, as a source would say it.

    Each part is a dataclass of `imnnc.design`, `imnnc.tasks` or `imnnc.encoding`, or a mapping of
    the language's words to values: numbers in SI units, of percents fractions; a range is a tuple
    of two, several values are a list, a text is the language's own, such as `"120 nS .. 1 uS"`.
    It is checked at once, by the compiler's own front end and with its diagnostics.

    Args:
        name: of the network.
        input: how many inputs, that by their name, or an `InputPort`.
        layers: how many neurons each layer has, by name or in order, the output last; or `Layer`s.
        train: by method the settings of its training, or `TrainSpec`s.
        data: arrays of inputs and of classes or targets, the name of a set, or the settings of a
            `data` block, in which `arrays` may stand for such a tuple in place of `file`.
        technology: the name of one, or that with its settings as a mapping.
        memristor: likewise.
        inverter: the least and the largest size of the inverters of layers that are no `Layer`.
        crossbar: how all arrays are built.
        verify: what is simulated.
        chips: what is asked of chips; None: nothing.
        program: how cells are programmed; None: nothing is said.
        emit: netlists that are written.
        programming: formats of programming files.
        folder: to which names of files are relative.

    Raises:
        CompileError: with everything that is wrong, at the line of the source that it comes to.
    """

    def __init__(
        self,
        name: str,
        *,
        input: int | Mapping[str, int] | InputPort,
        layers: Sequence[int | Layer] | Mapping[str, int],
        train: Mapping[str, Words] | TrainSpec | Sequence[TrainSpec],
        data: str | DataSpec | Words | tuple[ArrayLike, ...] | None = None,
        technology: str | Mapping[str, Words] | Technology = "lvt90",
        memristor: str | Mapping[str, Words] | Memristor = "tio2",
        inverter: tuple[float, float] | InverterSizes = _SIZES,
        crossbar: Words | None = None,
        verify: Words | VerifySpec | None = None,
        chips: Words | ChipsSpec | None = None,
        program: Words | ProgramSpec | None = None,
        emit: Sequence[str] | EmitSpec = ("ngspice",),
        programming: Sequence[str] = ("csv", "npz"),
        folder: str | Path = ".",
    ) -> None:
        self._name, self._folder = name, Path(folder)
        self._arrays: Arrays = {}
        try:
            neurons = _layers(layers, inverter)
            specs = self._trains(train)
            blocks = [
                self._technology(technology, memristor),
                self._memristor(memristor),
                described.written_network(name, _port(input), neurons),
                *self._crossbars(crossbar, neurons, memristor),
            ]
            if data is not None:
                blocks.append(written_block("data", "data", self._data(data, specs)))
            blocks += [
                written_block("train", f"train {method}", words, method)
                for method, words in specs.items()
            ]
            blocks += _tasks(verify, chips, program)
            emitted = emit if isinstance(emit, EmitSpec) else EmitSpec((*emit,), (*programming,))
            blocks.append(described.written_emit(emitted))
            self._text = described.canonical(f"{name}.imnn", blocks)
            self.design = self._read()
        except CompileError as error:
            noted = (
                x if x.span is None else replace(x, notes=(*x.notes, _NOTE))
                for x in error.diagnostics
            )
            raise CompileError(*noted, exit_code=error.exit_code) from None

    @classmethod
    def of(cls, source: str | Path | Design) -> Network:
        """The network of a source file, or of a `Design`, with constants and imports written out.

        Raises:
            CompileError: what is wrong with the source, IM747 where one file cannot say it.
        """
        design = source if isinstance(source, Design) else load_design(Path(source))
        found = cls.__new__(cls)
        found._name, found._folder = design.path.stem, design.path.parent
        found._arrays = {}
        found._text = described.source_of_design(design)
        found.design = found._read()
        return found

    def to_source(self) -> str:
        """The `.imnn` source, in canonical form; of arrays it has the name of a file."""
        return self._text

    def save(self, path: str | Path | None = None, *, overwrite: bool = False) -> Path:
        """Write the source, and beside it the arrays that it names.

        Args:
            path: of the source, in the folder that names of files are relative to; None: the
                network's name.
            overwrite: whether files that are there may be replaced.

        Raises:
            CompileError: IM748 where a file is there already or the folder is another one.
        """
        from imnnc.files.files import new_text

        path = self.design.path if path is None else Path(path)
        if path.parent.resolve() != self._folder.resolve():
            raise fail(
                "IM748",
                f"`{path}` must be in the folder of the network, `{self._folder}`",
                help="names of files are relative to it: give `folder` to `imnnc.Network`",
            )
        files = [path, *(self._folder / name for name in self._arrays)]
        there = [file for file in files if file.exists()]
        if there and not overwrite:
            raise fail(
                "IM748",
                f"`{there[0]}` is there already",
                help="choose another path, or write `overwrite=True`",
            )
        with new_text(path, "utf-8") as stream:
            stream.write(self._text)
        self._write_arrays(self._folder)
        return path

    @contextmanager
    def opened(self) -> Iterator[Origin]:
        """What compiles it, with its arrays in a file as long as the block lasts."""
        edited = {self.design.path.resolve(): self._text.encode()}
        if not self._arrays:
            yield Origin(self.design.path, edited)
            return
        with temporary_folder() as folder:
            self._write_arrays(folder)
            yield Origin(self.design.path, edited, folder / next(iter(self._arrays)))

    def __repr__(self) -> str:
        widths = "-".join(map(str, self.design.network.widths))
        return f"<imnnc.Network {self.design.network.name}: {widths}>"

    def _repr_html_(self) -> str:
        design = self.design
        network = design.network
        data = design.data
        return html_facts(
            [
                ("input", f"{network.input.name}[{network.input.width}]"),
                *(
                    (
                        "output" if layer is network.output else "layer",
                        f"{layer.name}[{layer.width}]",
                    )
                    for layer in network.layers
                ),
                ("technology", f"{design.technology.name}, corner {design.technology.corner}"),
                ("memristor", design.memristor.name),
                ("data", "none" if data is None else data.set_name or str(data.file)),
                ("train", ", ".join(x.method for x in design.trains)),
            ],
            network.name,
        )

    def _read(self) -> Design:
        path = self._folder / f"{self._name}.imnn"
        return load_design(path, edited={path.resolve(): self._text.encode()})

    def _write_arrays(self, folder: Path) -> None:
        import numpy as np

        from imnnc.files.files import new_binary

        for name, arrays in self._arrays.items():
            with new_binary(folder / name) as stream:
                np.savez(stream, **arrays)  # type: ignore[arg-type]

    def _technology(self, given: str | Mapping[str, Words] | Technology, memristor: object) -> str:
        if isinstance(given, Technology):
            device = memristor if isinstance(memristor, Memristor) else None
            words = described.technology_words(given, device, self._folder)
            return written_block("technology", "technology", words, given.name)
        return _device("technology", given)

    def _memristor(self, given: str | Mapping[str, Words] | Memristor) -> str:
        if isinstance(given, Memristor):
            words = described.memristor_words(given, self._folder)
            return written_block("memristor", "memristor", words, given.name)
        return _device("memristor", given)

    def _crossbars(
        self, common: Words | None, layers: Sequence[Layer], memristor: object
    ) -> Iterator[str]:
        """How arrays are built: all as is said, or each as its layer and the memristor have it."""
        if common is not None:
            yield written_block("crossbar", "crossbar", common)
        parasitics = memristor.parasitics if isinstance(memristor, Memristor) else NO_PARASITICS
        for name, words in described.crossbar_words(layers, parasitics):
            yield written_block("crossbar", "crossbar", words, name)

    def _trains(
        self, given: Mapping[str, Words] | TrainSpec | Sequence[TrainSpec]
    ) -> Mapping[str, Words]:
        if isinstance(given, Mapping):
            return given
        specs = [given] if isinstance(given, TrainSpec) else given
        return {x.method: described.train_words(x, self._folder) for x in specs}

    def _data(
        self, given: str | DataSpec | Words | tuple[ArrayLike, ...], specs: Mapping[str, Words]
    ) -> Words:
        classes = all(words.get("loss") != "mse" for words in specs.values())
        if isinstance(given, DataSpec):
            return described.data_words(given, self._folder, classes=classes)
        if isinstance(given, str):
            return {"set": given}
        words = given if isinstance(given, Mapping) else {_ARRAYS: given}
        if _ARRAYS not in words:
            return words
        file = f"{self._name}.data.npz"
        inputs, targets = _samples(words[_ARRAYS])
        self._arrays[file] = {"inputs": inputs, "targets": targets}
        return {
            "file": file,
            "encode": f"{range_of(inputs)} -> {_INPUT_VOLTS}",
            "target": None if classes else f"{range_of(targets)} -> {_TARGET_VOLTS}",
            **{word: value for word, value in words.items() if word != _ARRAYS},
        }


def _device(keyword: str, given: str | Mapping[str, Words]) -> str:
    """A device by its name, or its name with its settings."""
    if isinstance(given, str):
        return written_block(keyword, keyword, {}, given)
    if len(given) != 1:
        raise fail("IM113", f"`{keyword}` must be one name with its settings, not {len(given)}")
    ((name, words),) = given.items()
    return written_block(keyword, keyword, words, name)


def _port(given: int | Mapping[str, int] | InputPort) -> str:
    """What stands behind `input`; without a range inputs go from rail to rail."""
    if isinstance(given, InputPort):
        return described.written_port(given)
    ((name, width),) = given.items() if isinstance(given, Mapping) else [(_INPUTS, given)]
    return f"{checked(name, 'input')}[{width}]"


def _layers(
    given: Sequence[int | Layer] | Mapping[str, int], inverter: tuple[float, float] | InverterSizes
) -> list[Layer]:
    """Layers by their widths, with the names that they are given or `hidden1` and so on."""
    sizes = inverter if isinstance(inverter, InverterSizes) else InverterSizes(*inverter)
    if isinstance(given, Mapping):
        return [Layer(name, width, sizes) for name, width in given.items()]
    names = [*(f"{_HIDDEN}{number}" for number in range(1, len(given))), _OUTPUTS]
    return [
        layer if isinstance(layer, Layer) else Layer(name, layer, sizes)
        for name, layer in zip(names, given, strict=False)
    ]


def _tasks(
    verify: Words | VerifySpec | None,
    chips: Words | ChipsSpec | None,
    program: Words | ProgramSpec | None,
) -> Iterator[str]:
    """The blocks of what is to be done with a trained network."""
    if isinstance(verify, VerifySpec):
        verify = described.verify_words(verify)
    if isinstance(chips, ChipsSpec):
        chips = described.chips_words(chips)
    if isinstance(program, ProgramSpec):
        program = described.program_words(program)
    for keyword, words in (("verify", verify), ("chips", chips), ("program", program)):
        if words is not None:
            yield written_block(keyword, keyword, words)


def _samples(arrays: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs and targets as arrays of numbers; fails with IM716 where they are none."""
    import numpy as np

    try:
        inputs, targets = arrays
        return np.asarray(inputs, np.float64), np.asarray(targets)
    except (TypeError, ValueError) as error:
        raise fail(
            "IM716", "`data` must be two arrays of numbers, inputs and classes or targets"
        ) from error
