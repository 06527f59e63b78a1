"""From a validated design back to a source of it, which reads as the same design.

What a source says by constants and imports is gone: numbers are written out, a technology that
comes with the compiler by its name and what is different, any other device in full.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import Field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from imnnc.design import (
    METHODS,
    Design,
    ForeignModels,
    InputPort,
    InverterSizes,
    Layer,
    Memristor,
    Technology,
    TrainSpec,
    Transistor,
)
from imnnc.diagnostics import Source, fail
from imnnc.encoding import DataSpec, Encoding
from imnnc.lang.bounds import BOUNDS
from imnnc.lang.format import format_source
from imnnc.lang.kits import located
from imnnc.lang.visible import built_in
from imnnc.lang.words import Words, checked, quoted, written_block, written_number, written_settings
from imnnc.limits import settings_of
from imnnc.parasitics import Parasitics
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, EmitSpec, ProgramSpec, VerifySpec

_KIND_OF_TRANSISTOR = ("width", "length", "diffusion")


def source_of_design(design: Design) -> str:
    """The text of a source in canonical form, for the folder of the design's own source.

    Raises:
        CompileError: IM017 where the name of a file cannot stand in quotes, IM747 where the
            technology was made of a kit by an import and of another library by the source.
    """
    memristor, network = design.memristor, design.network
    folder, technology = design.path.parent, design.technology
    blocks = [
        written_block("technology", "technology", x, technology.name)
        for x in [technology_words(technology, memristor, folder)]
    ]
    blocks.append(
        written_block("memristor", "memristor", memristor_words(memristor, folder), memristor.name)
    )
    blocks.append(written_network(network.name, written_port(network.input), network.layers))
    blocks += [
        written_block("crossbar", "crossbar", words, name)
        for name, words in crossbar_words(network.layers, memristor.parasitics)
    ]
    if design.data is not None:
        words = data_words(design.data, folder, classes=design.classification)
        blocks.append(written_block("data", "data", words))
    blocks += [
        written_block("train", f"train {x.method}", train_words(x, folder), x.method)
        for x in design.trains
    ]
    blocks += [
        written_block("verify", "verify", x)
        for x in [verify_words(design.verify)]
        if written_settings("verify", x)
    ]
    if design.chips is not None:
        blocks.append(written_block("chips", "chips", chips_words(design.chips)))
    if design.program is not None:
        blocks.append(written_block("program", "program", program_words(design.program)))
    blocks.append(written_emit(design.emit))
    return canonical(design.path.name, blocks)


def canonical(name: str, blocks: Sequence[str]) -> str:
    """Declarations as a source has them, those with blocks apart; fails where they do not parse."""
    lines = []
    for before, block in zip([None, *blocks], blocks, strict=False):
        # The members of a network have a line each.
        if before is not None and any(x.startswith("network ") for x in (before, block)):
            lines.append("")
        lines.append(block)
    return format_source(Source(name, "\n".join(lines) + "\n"))


def technology_words(technology: Technology, memristor: Memristor | None, folder: Path) -> Words:
    """A technology: what is different from a built-in one of its name, or all of it."""
    includes = technology.includes
    cells = memristor.model if memristor is not None else None
    if cells is not None and includes and includes[-1] == cells.library:
        includes = includes[:-1]
    base = built_in()[0].get(technology.name)
    words: dict[str, Any] = {}
    if base is None or not _same_devices(technology, base):
        words |= _definition(technology, includes, folder)
        base = None
    else:
        if technology.kit_files is not None:
            base = located(base)
        if technology.library != base.library:
            words["library"] = _file(technology.library, folder)
            words["include"] = [_file(path, folder) for path in includes] or None
        elif includes != base.includes:
            words["include"] = [_file(path, folder) for path in includes]
    for word, name in (
        ("corner", "corner"),
        ("temperature", "temperature_celsius"),
        ("supply", "supply_volts"),
    ):
        if base is None or getattr(technology, name) != getattr(base, name):
            words[word] = getattr(technology, name)
    for models in technology.foreign:
        words[f"library {models.dialect}"] = _foreign(models)
    mismatch = technology.mismatch
    if mismatch is not None and (base is None or mismatch != base.mismatch):
        words["mismatch"] = {
            "nmos": mismatch.nmos_volt_meters,
            "pmos": mismatch.pmos_volt_meters,
        }
    return words


def _same_devices(technology: Technology, base: Technology) -> bool:
    """Whether a technology is a built-in one at some operating point, of whichever files."""
    alike = ("corners", "nmos", "pmos", "terminals", "instance_prefix", "length_unit_meters", "kit")
    return all(getattr(technology, name) == getattr(base, name) for name in alike)


def _definition(technology: Technology, includes: Sequence[Path], folder: Path) -> Words:
    words: dict[str, Any] = {}
    library, place = technology.library, folder
    kit, found = technology.kit, technology.kit_files
    if kit is not None:
        if found is not None and found.source == "library":
            raise fail(
                "IM747",
                f"the library of technology `{technology.name}` must be the one of its kit in a"
                " source of one file",
                technology.span,
                help="leave the `kit` out of its definition",
            )
        inner = {
            "pdk_root": [*kit.pdk_root] or None,
            "package": kit.package,
            "package_folder": kit.package_folder or None,
            "install": kit.install,
        }
        words["kit"] = {kit.name: inner}
        place = Path() if found is None else found.folder
    words["library"] = _file(library, place)
    words["include"] = [_file(path, place) for path in includes] or None
    words["corners"] = [*technology.corners]
    words["nmos"], words["pmos"] = map(_transistor, (technology.nmos, technology.pmos))
    words["terminals"] = [*technology.terminals]
    words["prefix"] = technology.instance_prefix
    words["length_unit"] = technology.length_unit_meters
    return words


def _foreign(models: ForeignModels) -> str:
    """The library of another simulator, all of it, as the language has it."""
    sections = f" section {', '.join(models.sections)}" if models.sections else ""
    words = {
        "nmos": models.nmos,
        "pmos": models.pmos,
        "terminals": [*models.terminals],
        "prefix": models.instance_prefix,
        "length_unit": models.length_unit_meters,
    }
    return f"{quoted(models.file, 'library')}{sections} {{ {written_settings('foreign', words)} }}"


def _transistor(transistor: Transistor) -> Words:
    sizes = (transistor.width_meters, transistor.length_meters, transistor.diffusion_meters)
    return {transistor.device: dict(zip(_KIND_OF_TRANSISTOR, sizes, strict=True))}


def memristor_words(memristor: Memristor, folder: Path) -> Words:
    """A memristor, all of it."""
    low, high = memristor.conductance_min_siemens, memristor.conductance_max_siemens
    words: dict[str, Any] = {"conductance": (low, high), **_different(memristor)}
    words["variation"] = memristor.variation or None
    if memristor.distribution != Memristor.distribution:
        words["distribution"] = memristor.distribution
    stuck = {"low": memristor.stuck_low or None, "high": memristor.stuck_high or None}
    if any(stuck.values()):
        words["stuck"] = stuck
    if memristor.model is not None:
        model = memristor.model
        named = f"{model.subcircuit} {model.quantity} {model.parameter}"
        words["law"] = (
            f"model {quoted(_file(model.library, folder), 'law')} {checked(named, 'law')}"
        )
    elif memristor.parasitics.sinh_per_volt is not None:
        slope = written_number(memristor.parasitics.sinh_per_volt, BOUNDS["law"])
        words["law"] = f"sinh {slope}"
    if memristor.pulses is not None:
        words["pulses"] = {"linear_step": _different(memristor.pulses)}
    return words


def written_port(port: InputPort) -> str:
    """What stands behind `input`."""
    limits = [written_number(x, BOUNDS["port"]) for x in (port.low_volts, port.high_volts)]
    return f"{checked(port.name, 'input')}[{port.width}] in {' .. '.join(limits)}"


def written_network(name: str, port: str, layers: Sequence[Layer]) -> str:
    """A `network` declaration with what stands behind its `input`."""
    members = [f"input {port}"]
    for number, layer in enumerate(layers, start=1):
        keyword = "output" if number == len(layers) else "layer"
        inside = written_sizes(layer.inverter)
        if layer.unformed is not None:
            shares = (written_number(x, BOUNDS["layer.unformed"]) for x in layer.unformed)
            inside += f" unformed {', '.join(shares)}"
        members.append(f"{keyword} {checked(layer.name, keyword)}[{layer.width}] {{ {inside} }}")
    return f"network {checked(name, 'network')} {{ {' '.join(members)} }}"


def written_sizes(sizes: InverterSizes) -> str:
    """What a layer says of its inverters."""
    low, high = (written_number(x, BOUNDS["size"]) for x in (sizes.minimum, sizes.maximum))
    text = f"inverter size {low if low == high else f'{low} .. {high}'}"
    if sizes.step is None:
        return f"{text} continuous"
    if sizes.step == InverterSizes.step:
        return text
    span = Fraction(high) - Fraction(low)
    step = written_number(sizes.step, BOUNDS["step"])
    # A third is no decimal; a whole number of steps is from end to end.
    if Fraction(step) and span % Fraction(step):
        return f"{text} step ({high} - {low}) / {max(1, round(span / Fraction(step)))}"
    return f"{text} step {step}"


def crossbar_words(layers: Sequence[Layer], parasitics: Parasitics) -> Iterator[tuple[str, Words]]:
    """How arrays are built, by their layers, or by "" where all are built alike."""
    found = [_array(layer, number, parasitics) for number, layer in enumerate(layers)]
    if all(words == found[0] for words in found):
        found = found[:1]
        names = [""]
    else:
        names = [layer.name for layer in layers]
    for name, words in zip(names, found, strict=True):
        if words:
            yield name, words


def _array(layer: Layer, number: int, parasitics: Parasitics) -> Words:
    words: dict[str, Any] = {}
    wires, capacitances = parasitics.wires_of(number), parasitics.capacitances_of(number)
    if wires is not None:
        if wires.row_ohms is not None or wires.column_ohms is not None:
            words["wire"] = {"row": wires.row_ohms, "column": wires.column_ohms}
        words |= {"driver": wires.driver_ohms, "layout": wires.layout}
    if capacitances is not None:
        words["capacitance"] = {
            "row": capacitances.row_farads,
            "column": capacitances.column_farads,
            "cell": capacitances.cell_farads,
        }
    if layer.bias_pairs is not None:
        words["bias"] = layer.bias_pairs
    return words


def data_words(data: DataSpec, folder: Path, *, classes: bool) -> Words:
    """Where samples come from; where outputs are `classes` there is nothing to say of targets."""
    files = {
        word: None if path is None else _file(path, folder)
        for word, path in (
            ("file", data.file),
            ("labels", data.labels_file),
            ("test_file", data.test_file),
            ("test_labels", data.test_labels_file),
        )
    }
    if data.label_column is not None:
        files["labels"] = data.label_column
    return {
        "set": data.set_name,
        **files,
        **_different(data),
        "pool": None if data.pool == 1 else data.pool,
        "normalize": data.normalize,
        "encode": _map(data.encode),
        "target": None if classes else _map(data.target),
    }


def _map(encoding: Encoding) -> tuple[tuple[float, float], tuple[float, float]]:
    values = encoding.data_low, encoding.data_high
    return values, (encoding.low_volts, encoding.high_volts)


def train_words(spec: TrainSpec, folder: Path) -> Words:
    """The settings of a `train` block."""
    words: dict[str, Any] = {"loss": spec.loss, **_different(spec)}
    own = METHODS[spec.method].settings
    if "size" in own:
        words["size"] = spec.size  # its default depends on those of the layers
    names = {name: word for word, name in settings_of(TrainSpec).items()}
    words |= {names[sweep.field]: [*sweep.values] for sweep in spec.sweeps}
    if spec.all_formed:
        words["unformed"] = False
    if spec.chips:
        words["chips"] = True
    if spec.corners is not None:
        words["corners"] = [*spec.corners]
    if spec.model is not None:
        words["from"] = _file(spec.model, folder)
    return words


def verify_words(spec: VerifySpec) -> Words:
    """The settings of the `verify` block."""
    return {**_different(spec), "corners": [*spec.corners] or None}


def chips_words(spec: ChipsSpec) -> Words:
    """The settings of the `chips` block."""
    words: dict[str, Any] = {**_different(spec), "supply": spec.supply}
    if spec.coldest_celsius is not None:
        words["temperature"] = (spec.coldest_celsius, spec.hottest_celsius)
    return words


def program_words(spec: ProgramSpec) -> Words:
    """The settings of the `program` block."""
    return {"tolerance": spec.tolerance, **_different(spec)}


def written_emit(spec: EmitSpec) -> str:
    """An `emit` declaration."""
    targets = (spec.dialects, spec.programming)
    parts = [", ".join(checked(x, "emit") for x in names) for names in targets]
    if spec.programming:
        parts[1] = f"programming {parts[1]}"
    return f"emit {', '.join(part for part in parts if part)}"


def _different(
    value: Technology
    | Memristor
    | Pulses
    | DataSpec
    | TrainSpec
    | VerifySpec
    | ChipsSpec
    | ProgramSpec,
) -> dict[str, Any]:
    """The settings of a block that are numbers, as far as they are not as without them."""
    kinds: dict[str, Field[Any]] = {x.name: x for x in fields(value)}
    return {
        word: getattr(value, name)
        for word, name in settings_of(type(value)).items()
        if getattr(value, name) != kinds[name].default
    }


def _file(path: Path, folder: Path) -> str:
    """The name of a file in a source of a folder, from which it is the same path."""
    if path.is_relative_to(folder):
        name = path.relative_to(folder).as_posix()
        return f"./{name}" if name.startswith("~/") else name
    return os.path.abspath(path)
