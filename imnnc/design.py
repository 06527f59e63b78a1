"""The validated program: what `lang` hands to the passes.

Every value is checked and in SI units; every node keeps the span of the source that said it,
so that a pass that fails can point there.  Spans take no part in equality or fingerprints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from imnnc.diagnostics import Span
from imnnc.encoding import DataSpec
from imnnc.limits import (
    BIAS_PAIRS,
    NAME,
    OHMS,
    OPTIONAL,
    PORT,
    SEED,
    SIEMENS,
    SIZE,
    SUPPLY,
    TEMPERATURES,
    WIDTH,
    percent,
    physical,
    plain,
    setting,
    whole,
)
from imnnc.parasitics import NO_PARASITICS, CellSource, Parasitics
from imnnc.pulses import Pulses
from imnnc.tasks import ChipsSpec, EmitSpec, ProgramSpec, VerifySpec
from imnnc.technology.kits import Kit, KitFiles
from imnnc.technology.mismatch import Mismatch
from imnnc.units import LENGTH

_TRANSISTOR = physical(LENGTH, "1e-9", "1e-3")
_LEVELS = whole(2, 65_536, "a cell needs two levels to tell one weight from another")
_STUCK = percent("0", "0.5", "most cells have to work")

# Where no output moves by as much between any two samples, a circuit does nothing: it has neither
# a delay nor an energy, however small both would come out.
LEAST_SWING_VOLTS = 10e-3

Loss = Literal["cross_entropy", "mse"]
# What a circuit is written as besides ngspice's netlist, which is written in any case.
DialectName = Literal["hspice", "spectre", "xyce", "ltspice", "cdl", "veriloga", "verilog"]
# What people call these languages.
DIALECTS: Mapping[str, str] = {
    "hspice": "HSPICE",
    "spectre": "Spectre",
    "xyce": "Xyce",
    "ltspice": "LTspice",
    "cdl": "CDL",
    "veriloga": "Verilog-A",
    "verilog": "SystemVerilog",
}
# Which of them name a library of models.
ForeignDialect = Literal["hspice", "spectre", "xyce", "ltspice"]
Distribution = Literal["gaussian", "lognormal"]
MethodName = Literal["latim", "phax", "rim", "equilibrium"]


@dataclass(frozen=True)
class MethodTraits:
    """What a source may say of a method, and what it is to be fitted; no numerics."""

    settings: tuple[str, ...]  # of its `train` block, besides those of every method
    curves: Literal["networks", "tangents", "table"]  # what it knows the inverter by


# What a method does is its value in `imnnc.methods.choice`, by the same names.
METHODS: dict[MethodName, MethodTraits] = {
    "latim": MethodTraits((), "networks"),
    "phax": MethodTraits(("size", "load"), "tangents"),
    "rim": MethodTraits(("size", "load", "resistor"), "tangents"),
    "equilibrium": MethodTraits((), "table"),
}
# The fields of `TrainSpec` that a `train` block may give several values of, in the order of sweeps.
SWEPT = ("learning_rate", "energy_weight", "size", "load_ohms", "resistor_ohms")


# What `set` in a data block may name; those from inversek2j on are computed, the others are files.
@dataclass(frozen=True)
class Transistor:
    """One transistor of the unit inverter: its device name in the model file and its size."""

    device: str
    width_meters: float = field(metadata=_TRANSISTOR)
    length_meters: float = field(metadata=_TRANSISTOR)
    # From gate to isolation, of drain and source alike; None: areas are the model library's.
    diffusion_meters: float | None = field(default=None, metadata=_TRANSISTOR)


@dataclass(frozen=True)
class ForeignModels:
    """A technology's models for another simulator: netlists name them, nothing here reads them."""

    dialect: ForeignDialect
    file: str  # as it stands in the netlist
    sections: tuple[str, ...]  # each read by a line of its own; none: the whole file is
    nmos: str  # what the devices are called there
    pmos: str
    terminals: tuple[str, ...]
    instance_prefix: Literal["M", "X"]
    length_unit_meters: float


@dataclass(frozen=True)
class Technology:
    """A CMOS process and the operating point at which it is used.

    Rails are at `+supply_volts` and `-supply_volts`.  An inverter of size s is s unit
    inverters in parallel (`m = s`), so its current is exactly linear in s.
    """

    name: str = field(metadata=NAME)
    library: Path  # model file with one `.lib` section a corner
    includes: tuple[Path, ...]  # files to `.include` before the library
    corners: tuple[str, ...]  # the names of those sections, as the kit has them
    nmos: Transistor
    pmos: Transistor
    terminals: tuple[str, ...]  # the order of drain, gate, source and bulk in an instance
    instance_prefix: Literal["M", "X"]  # X where the kit's devices are subcircuits
    # 1 where W and L are in metres, 1e-6 for bare microns
    length_unit_meters: float = field(
        metadata=setting("length_unit", physical(LENGTH, "1e-9", "1"))
    )
    corner: str
    temperature_celsius: float = field(metadata=setting("temperature", TEMPERATURES))
    supply_volts: float = field(metadata=setting("supply", SUPPLY))
    # How transistors differ from one another; None: it is not known
    mismatch: Mismatch | None = None
    # Where the library lies in its kit, from the top of the kit; "" where nothing is above it.
    library_folder: str = ""
    # A kit's model files have names until the kit is found, and paths then.
    kit: Kit | None = field(default=None, compare=False)
    kit_files: KitFiles | None = field(default=None, compare=False)
    # Of other simulators, at most one each: what is computed does not depend on them.
    foreign: tuple[ForeignModels, ...] = field(default=(), compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def top(self) -> Path:
        """The folder that the library's references stay in: its own, or that of its kit."""
        depth = len(PurePosixPath(self.library_folder).parts)
        return self.library.parents[depth]

    def model_name(self, path: Path) -> str:
        """The name that one of the model files has beside a netlist, with forward slashes."""
        if self.library_folder and path.is_relative_to(self.top):
            return path.relative_to(self.top).as_posix()
        return path.name


@dataclass(frozen=True)
class Memristor:
    """The range and the resolution of a programmable conductance, and what its arrays have."""

    name: str = field(metadata=NAME)
    conductance_min_siemens: float = field(metadata=SIEMENS)
    conductance_max_siemens: float = field(metadata=SIEMENS)
    # Equally spaced in conductance; None: continuous
    levels: int | None = field(metadata=setting("levels", _LEVELS))
    unformed_siemens: float = field(  # of a cell that was never formed
        default=1e-9, kw_only=True, metadata=setting("unformed", SIEMENS)
    )
    # Relative standard deviation after programming, 0.03 for 3 %
    variation: float = field(metadata=setting("variation", percent("0", "1")))
    distribution: Distribution = "gaussian"  # of that
    # Relative standard deviation of what a cell conducts from one read to the next
    read_noise: float = field(default=0.0, metadata=setting("read_noise", percent("0", "1")))
    # Mean exponent of a power law in time, by which a cell conducts less; None: it does not
    drift: float | None = field(
        default=None, metadata={**setting("drift", plain("0", "0.5")), **OPTIONAL}
    )
    # Shares of the cells that cannot be programmed: at the least and at the largest conductance
    stuck_low: float = field(default=0.0, metadata=_STUCK)
    stuck_high: float = field(default=0.0, metadata=_STUCK)
    parasitics: Parasitics = NO_PARASITICS
    # What its cells are, where their law has yet to be measured; None: `parasitics` says it
    model: CellSource | None = field(default=None, metadata=OPTIONAL)
    pulses: Pulses | None = field(default=None, compare=False)  # which only programming knows of
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class InverterSizes:
    """The sizes that an inverter may take, in unit inverters."""

    minimum: float = field(metadata=SIZE)
    maximum: float = field(metadata=SIZE)
    step: float | None = field(  # None: continuous
        default=1.0,
        metadata=plain("0.001", "10000", "a size counts unit inverters in parallel"),
    )
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class InputPort:
    """The dual-rail inputs of the network: row i carries +x_i and -x_i."""

    name: str = field(metadata=NAME)
    width: int = field(metadata=WIDTH)
    low_volts: float = field(metadata=PORT)
    high_volts: float = field(metadata=PORT)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Layer:
    """A crossbar and the neurons (two inverters in cascade) that its columns drive."""

    name: str = field(metadata=NAME)
    width: int = field(metadata=WIDTH)
    inverter: InverterSizes
    # Shares of the crossbar's cells that are left unformed, of which validation samples choose one
    unformed: tuple[float, ...] | None = field(
        default=None,
        kw_only=True,
        metadata={**percent("0", "0.999", "a column needs cells to be driven by"), **OPTIONAL},
    )
    # Of the crossbar's rows, beside those of its inputs; None: one
    bias_pairs: int | None = field(default=None, kw_only=True, metadata={**BIAS_PAIRS, **OPTIONAL})
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def biases(self) -> int:
        """How many pairs of the crossbar's rows are at the rails."""
        return self.bias_pairs or 1


@dataclass(frozen=True)
class Network:
    """The layers from the inputs on; the last one is the output layer."""

    name: str = field(metadata=NAME)
    input: InputPort
    layers: tuple[Layer, ...]
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def output(self) -> Layer:
        """The layer whose V- outputs are read."""
        return self.layers[-1]

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden widths, outputs."""
        return (self.input.width, *(layer.width for layer in self.layers))

    @property
    def row_pairs(self) -> tuple[int, ...]:
        """Of each crossbar: those of its inputs and of its biases."""
        return tuple(n + x.biases for n, x in zip(self.widths, self.layers, strict=False))


@dataclass(frozen=True)
class Sweep:
    """Values of one field of a `TrainSpec`, of which validation samples choose one."""

    field: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class TrainSpec:
    """How the network is trained.

    A field that is swept holds the first of its values until one is chosen.
    """

    method: MethodName
    loss: Loss
    epochs: int = field(default=20, metadata=setting("epochs", whole(1, 100_000)))
    batch: int = field(default=128, metadata=setting("batch", whole(1, 1_000_000)))
    seed: int = field(default=1, metadata=setting("seed", SEED))
    energy_weight: float = field(
        default=0.01, metadata=setting("energy_weight", plain("0", "1000"))
    )
    # How much what inputs and biases give counts beside what the rails give, in that price
    source_weight: float = field(
        default=0.0, kw_only=True, metadata=setting("source_weight", plain("0", "1000"))
    )
    learning_rate: float = field(
        default=0.04, metadata=setting("learning_rate", plain("1e-9", "10"))
    )
    # A fraction of the training set
    validation: float = field(
        default=0.1,
        metadata=setting(
            "validation", percent("0", "0.9", "a part of the training set stays for training")
        ),
    )
    # Epochs without progress before stopping; None: never
    patience: int | None = field(default=None, metadata=setting("patience", whole(1, 100_000)))
    # What sizing may cost, as a fraction (mse: relative)
    accuracy_margin: float = field(
        default=0.002, metadata=setting("accuracy_margin", percent("0", "1"))
    )
    # What a swept value may cost against the best, likewise
    sweep_margin: float = field(default=0.002, metadata=setting("sweep_margin", percent("0", "1")))
    # phax, rim: of every inverter, in unit inverters
    size: float = field(default=5.0, metadata=setting("size", SIZE))
    # phax, rim: what each inverter drives where its curve is fitted
    load_ohms: float = field(default=0.9e6, metadata=setting("load", OHMS))
    # rim: from each output to ground; None: sweep around the output resistance of the inverter
    resistor_ohms: float | None = field(default=None, metadata=setting("resistor", OHMS))
    # Whether all cells are formed, whatever layers say of theirs; None: layers say
    all_formed: bool | None = field(default=None, kw_only=True, metadata=OPTIONAL)
    # Whether for chips, which differ, in place of one that is as it was drawn; None: no
    chips: bool | None = field(default=None, kw_only=True, metadata=OPTIONAL)
    # At these at once; None: at that of the technology
    corners: tuple[str, ...] | None = field(
        default=None, kw_only=True, metadata={**NAME, **OPTIONAL}
    )
    # A file of a model's weights to begin at, in place of cells at random; None: there is none
    model: Path | None = field(default=None, kw_only=True, metadata=OPTIONAL)
    # How much a teacher counts beside the samples' own targets: that model, or, without one, one
    # of the compiler's own; None: there is none
    teacher: float | None = field(
        default=None,
        kw_only=True,
        metadata={**setting("teacher", percent("0", "1")), **OPTIONAL},
    )
    # Whether sweeps are judged by chips also where training knows one circuit; None: they are not
    swept_on_chips: bool | None = field(default=None, kw_only=True, metadata=OPTIONAL)
    sweeps: tuple[Sweep, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def nominal(self) -> bool:
        """Whether for the one circuit of the design, at its corner."""
        return self.chips is None and self.corners is None

    def values(self, name: str) -> tuple[float, ...]:
        """What a field is to be tried at: all values of its sweep, or the one that it holds."""
        for sweep in self.sweeps:
            if sweep.field == name:
                return sweep.values
        return (getattr(self, name),)


@dataclass(frozen=True)
class Design:
    """One validated source file with everything that it imports."""

    network: Network
    technology: Technology
    memristor: Memristor
    data: DataSpec | None
    trains: tuple[TrainSpec, ...]  # one a method, in the order of the source
    verify: VerifySpec
    emit: EmitSpec
    source_sha256: str  # of the main source's bytes
    path: Path = field(compare=False)
    chips: ChipsSpec | None = None  # None: the source says nothing of chips
    program: ProgramSpec | None = None  # None: nor of how cells are programmed

    @property
    def train(self) -> TrainSpec:
        """How the network is trained: the first of the source's `train` blocks."""
        return self.trains[0]

    @property
    def trained_network(self) -> Network:
        """The network as it is trained: without what layers leave unformed, where all is formed."""
        layers = tuple(replace(layer, unformed=None) for layer in self.network.layers)
        return replace(self.network, layers=layers) if self.train.all_formed else self.network

    @property
    def classification(self) -> bool:
        """Whether the outputs are classes (else targets in volts)."""
        return self.train.loss == "cross_entropy"
