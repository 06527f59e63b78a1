"""The runs of a comparison: every method with every seed, compiled, verified, held alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from imnnc.artifacts.curves import InverterTables, VtcModels
from imnnc.artifacts.training import Quantisation, TrainingHistory, Tuning
from imnnc.data import Dataset
from imnnc.design import Design, MethodName
from imnnc.engine.ahead import run_ahead
from imnnc.engine.compiler import Request, compile_graph
from imnnc.engine.context import Reporter
from imnnc.engine.device import PROCESSOR, Device
from imnnc.engine.graph import PassGraph
from imnnc.engine.options import knows
from imnnc.engine.run import Results, Runner
from imnnc.engine.store import Store
from imnnc.engine.workers import Workers
from imnnc.files.files import read_json
from imnnc.lang import load_design
from imnnc.lang.modules import Edited
from imnnc.measure.chips import CHIPS_FILE
from imnnc.measure.verification import Verification
from imnnc.passes.hold import HoldEnergy, MeasureHold
from imnnc.passes.pipeline import Settings, build_graph, manifest_fields, roots
from imnnc.physics.chips import spread_of
from imnnc.physics.network import CrossbarProgram
from imnnc.physics.vtc import NominalPoint
from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver
from imnnc.tasks import ChipsSpec

# What a method's name has behind it where training knows chips, as the source says, and where it
# does not but what is swept is judged by them.
FOR_CHIPS, SWEPT_BY_CHIPS = "+chips", "+swept"


@dataclass(frozen=True)
class Plan:
    """What is compared.

    Attributes:
        path: the source.
        methods: in the order in which they are shown.
        seeds: of the training; hyper-parameters are swept with the source's own seed.
        define: values for constants of the source.
        options: settings of passes, each `pass.option=value`, for every method that has it.
        samples: test samples that are simulated; None: as many as the source says.
        driver: how ngspice is run.
        reduce: whether the first crossbar is simulated as its exact Thévenin equivalents.
        timeout_seconds: limit for each call of a simulator.
        device: what solves and trains.
        adapt: what to make of the source's design, method by method, before it is compiled.
        chips: the chips that all are compared on as well; None: on none.
        edited: what takes the place of files.
    """

    path: Path
    methods: tuple[MethodName, ...]
    seeds: tuple[int, ...]
    define: Mapping[str, str]
    options: tuple[str, ...] = ()
    samples: int | None = None
    driver: Driver = "pyspice"
    reduce: bool = False
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    device: Device = PROCESSOR
    adapt: Callable[[Design], Design] = lambda design: design
    chips: ChipsSpec | None = None
    edited: Edited = field(default_factory=dict)

    def design(self, **chosen: Any) -> Design:
        """The design of the source; see `load_design` for what is `chosen`."""
        return load_design(self.path, self.define, edited=self.edited, **chosen)


@dataclass(frozen=True)
class Run:
    """One method, trained with one seed: what it came to."""

    method: str  # its name, and behind it what form of it this is
    seed: int
    verification: Verification
    total_size: float
    tuning: Tuning
    point: NominalPoint | None  # of PHAX and RIM
    history: TrainingHistory
    quantisation: Quantisation
    circuit_score: float  # of all test samples, by exact operating points; as training scores
    hold: HoldEnergy | None  # at the hold time that all runs have in common; None: no output moves
    chips: Mapping[str, Any] | None = None  # `chips.json`; None: it was not compared on any

    @property
    def delay_seconds(self) -> float | None:
        """The worst delay over the outputs and steps; None: no output moves."""
        return self.verification.design.dynamics.delay_s


@dataclass(frozen=True)
class Comparison:
    """All runs, method after method, and the design that they share."""

    design: Design
    runs: tuple[Run, ...]
    reduced: bool
    chips: ChipsSpec | None = None  # that all were compared on; None: none

    @property
    def common_hold_seconds(self) -> float | None:
        """The longest hold time of any run; None: no output of any moves."""
        return max((run.hold.hold_seconds for run in self.runs if run.hold), default=None)

    def of(self, method: str) -> tuple[Run, ...]:
        """The runs of one method, in the order of the seeds."""
        return tuple(run for run in self.runs if run.method == method)

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, as they are shown: in their order, last those whose outputs do not move."""
        dead = {run.method for run in self.runs if run.delay_seconds is None}
        return tuple(
            dict.fromkeys(x.method for x in sorted(self.runs, key=lambda x: x.method in dead))
        )

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of each method."""
        return tuple(dict.fromkeys(run.seed for run in self.runs))


def compare(
    plan: Plan,
    out: Path,
    store: Store,
    reporter: Reporter,
    workers: Workers,
    on_run: Callable[[str, int, int], None],
) -> Comparison:
    """Compile every method with every seed into `out/METHOD-seedN`, then measure all alike.

    Where several compute at once, networks are trained side by side before that.  `on_run` is
    told what begins, its number and how many there are.  What an earlier call has done, whole or
    interrupted, is not done again.

    Raises:
        CompileError: the source is wrong, or a compile fails for another reason than that its
            prediction is out of tolerance: that is what is to be found out.
    """
    sweep_seed = plan.design().train.seed
    sources = {
        (name, seed): design
        for method in plan.methods
        for name, seed, design in _forms(plan, method)
    }
    pairs = list(sources)
    compiled: list[tuple[str, int, Design, PassGraph]] = []
    plain = {method: build_graph(design, Settings()) for (method, _), design in sources.items()}
    known = {
        method: {x for x in plan.options if knows(graph.passes.values(), x)}
        for method, graph in plain.items()
    }
    nowhere = set(plan.options).difference(*known.values())
    runner = Runner(store, reporter, workers, plan.timeout_seconds, plan.device)
    settings = {}
    for method, seed in pairs:
        # What no method has is left for the first of them to say.
        options = [x for x in plan.options if x in known[method] or x in nowhere]
        options.insert(0, f"tune.seed={sweep_seed}")
        if plan.samples is not None:
            options.append(f"stimuli.samples={plan.samples}")
        settings[method, seed] = Settings(tuple(options), None, plan.driver, plan.reduce)
    graphs = {pair: build_graph(design, settings[pair]) for pair, design in sources.items()}
    if len(pairs) > 1 and workers.jobs > 1:
        run_ahead(runner, [(graphs[x], roots(design)) for x, design in sources.items()], "train")
    for number, ((method, seed), design) in enumerate(sources.items(), 1):
        on_run(f"{method}, seed {seed}", number, 2 * len(pairs))
        graph = graphs[method, seed]
        folder = out / f"{method}-seed{seed}"
        request = Request(folder, timeout_seconds=plan.timeout_seconds, device=plan.device)
        manifest = manifest_fields(design, settings[method, seed], graph, plan.device)
        compile_graph(graph, roots(design), manifest, request, store, reporter, workers)
        compiled.append((method, seed, design, graph))

    def hold_of(design: Design, graph: PassGraph) -> float | None:
        plan_ = graph.plan(["verify"])
        return runner.run(
            plan_, roots(design), lambda results: results[Verification].design.dynamics.hold_s
        )

    holds = [hold_of(design, graph) for _, _, design, graph in compiled]
    common = max((hold for hold in holds if hold is not None), default=None)
    runs = []
    for number, ((method, seed, design, graph), own) in enumerate(
        zip(compiled, holds, strict=True), len(pairs) + 1
    ):
        on_run(f"{method}, seed {seed}: energy at one hold time", number, 2 * len(pairs))
        held = []
        if own is not None and common is not None and own != common:
            held.append(MeasureHold(common, plan.driver, plan.reduce))
        whole = PassGraph([*graph.passes.values(), *held], graph.roots)

        def collect(
            results: Results,
            method: str = method,
            seed: int = seed,
            design: Design = design,
            slower: bool = bool(held),
        ) -> Run:
            curves = results[VtcModels].design
            return Run(
                method,
                seed,
                results[Verification],
                results[CrossbarProgram].parameters().total_size,
                results[Tuning],
                curves.point,
                results[TrainingHistory],
                results[Quantisation],
                _circuit_score(design, results, plan.device.name),
                results[HoldEnergy] if slower else _own_hold(results[Verification]),
                None if plan.chips is None else _chips(out / f"{method}-seed{seed}"),
            )

        runs.append(
            runner.run(whole.plan([*graph.passes, *(x.name for x in held)]), roots(design), collect)
        )
    return Comparison(compiled[0][2], tuple(runs), plan.reduce, plan.chips)


def _forms(plan: Plan, method: MethodName) -> Iterator[tuple[str, int, Design]]:
    """The forms of a method that are compared, each with every seed, all seeds of one together.

    On chips these are the method as published, whose training knows one circuit; that for chips
    where the source has it; and RIM once more with what it is for: the resistor that chips do best
    with, of validation samples and chips of their own.
    """
    designs = [plan.adapt(plan.design(method=method, seed=seed)) for seed in plan.seeds]
    if plan.chips is None:
        yield from ((method, design.train.seed, design) for design in designs)
        return
    designs = [replace(design, chips=plan.chips) for design in designs]
    published = [_trained(design, chips=None, corners=None) for design in designs]
    yield from ((method, design.train.seed, design) for design in published)
    if method == "rim" and spread_of(designs[0].technology, designs[0].memristor).causes:
        for design in published:
            judged = _trained(design, swept_on_chips=True)
            yield f"{method}{SWEPT_BY_CHIPS}", design.train.seed, judged
    if not designs[0].train.nominal:
        yield from ((f"{method}{FOR_CHIPS}", design.train.seed, design) for design in designs)


def _trained(design: Design, **changes: object) -> Design:
    """The same design, trained otherwise."""
    train = replace(design.train, **changes)  # type: ignore[arg-type]
    return replace(design, trains=(train, *design.trains[1:]))


def _own_hold(verification: Verification) -> HoldEnergy | None:
    """What was measured at a run's own hold time; None: no output moves."""
    found = verification.design.dynamics
    if found.hold_s is None or found.energy_rails_j is None or found.energy_all_sources_j is None:
        return None
    return HoldEnergy(found.hold_s, found.energy_rails_j, found.energy_all_sources_j)


def _chips(folder: Path) -> Mapping[str, Any] | None:
    """What chips of a compile came to; None: nothing is known of how they differ."""
    path = folder / CHIPS_FILE
    return read_json(path) if path.exists() else None


def _circuit_score(design: Design, results: Results, device: str) -> float:
    """Accuracy, or minus the MSE in V^2, of the circuit on every test sample there is."""
    from imnnc.methods.training import score
    from imnnc.physics.devices import room_on
    from imnnc.physics.inverter import Inverter
    from imnnc.physics.operating_point import OperatingPointSolver

    data = results[Dataset]
    inputs = data.test_inputs.astype("float64")
    with room_on(device):
        solver = OperatingPointSolver(Inverter(results[InverterTables].design), device=device)
        found = solver.solve(results[CrossbarProgram].parameters(), inputs).require()
    return score(found.layers[-1].minus, data.test_targets, design.train)
