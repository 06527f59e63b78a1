"""The command line.  Results go to standard output, diagnostics and progress to standard error."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from typing import Annotated

import typer

from imnnc import __version__, api, tables
from imnnc.arguments import (
    Corner,
    Define,
    Driver,
    DriverOption,
    Folder,
    GraphFormat,
    Jobs,
    JsonLines,
    Method,
    Params,
    Quiet,
    Reduce,
    Seed,
    Set,
    SourceFile,
    TechnologyName,
    Timeout,
)
from imnnc.data.npz import read_inputs
from imnnc.diagnostics import ExitCode, explanations, fail
from imnnc.emit.files import rewrite, write_npz
from imnnc.emit.manifest import check_folder
from imnnc.lang import format_source, load_technology, read_source, technology_names
from imnnc.passes.store import Store, default_folder
from imnnc.technology import definition_path
from imnnc.terminal import open_standard_streams, reporting

app = typer.Typer(
    name="imnnc",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
tech = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
cache = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.add_typer(tech, name="tech", help="The technologies that come with the compiler.")
app.add_typer(cache, name="cache", help="The results of passes that are kept.")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"imnnc {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """A compiler for inverter-based memristive neural networks."""


@app.command("compile")
def compile_command(
    source: SourceFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="The output folder.")] = Path("out"),
    define: Define = None,
    corner: Corner = None,
    method: Method = None,
    seed: Seed = None,
    params: Params = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    settings: Set = None,
    stop_after: Annotated[
        str | None, typer.Option(metavar="PASS", help="Stop after this pass, without output.")
    ] = None,
    dump_after: Annotated[
        list[str] | None, typer.Option(metavar="PASS", help="Write what this pass has provided.")
    ] = None,
    dump_to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; by default OUT/dump.")
    ] = None,
    time_passes: Annotated[
        bool, typer.Option("--time-passes", help="Print how long each pass took.")
    ] = False,
    jobs: Jobs = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Compile a network into a verified netlist and programming files."""
    with reporting(quiet, json_lines) as terminal:
        compilation = api.compile(
            source,
            out,
            define=_definitions(define),
            corner=corner,
            method=method,
            seed=seed,
            params=params,
            driver=driver.value,
            reduce=reduce,
            settings=settings or (),
            stop_after=stop_after,
            dump_after=dump_after or (),
            dump_to=dump_to,
            jobs=jobs,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
        )
        if stop_after is None:
            print(tables.compilation(compilation), end="")
        if time_passes:
            print(tables.timings(compilation.timings), end="")
        if stop_after is None and not compilation.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


@app.command()
def compare(
    source: SourceFile,
    out: Annotated[Path, typer.Option("-o", "--out", help="The output folder.")] = Path("out"),
    methods: Annotated[
        str, typer.Option(metavar="NAMES", help="Methods, with commas.")
    ] = "phax,rim,latim",
    seeds: Annotated[
        str | None,
        typer.Option(metavar="SEEDS", help="Seeds, with commas; by default the source's."),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Test samples to simulate, as the source by default.")
    ] = None,
    define: Define = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    settings: Set = None,
    jobs: Jobs = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Train and compile a network by several methods, and measure all alike in ngspice."""
    with reporting(quiet, json_lines) as terminal:
        found = api.compare(
            source,
            out,
            methods=_names(methods),
            seeds=None if seeds is None else _seeds(seeds),
            samples=samples,
            define=_definitions(define),
            driver=driver.value,
            reduce=reduce,
            settings=settings or (),
            jobs=jobs,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
            on_run=terminal.headline,
        )
        print(tables.comparison(found, out), end="")


@app.command()
def verify(
    out: Folder,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    jobs: Jobs = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Simulate the files of an output folder again."""
    with reporting(quiet, json_lines) as terminal:
        compilation = api.load(out)
        for edited in check_folder(out):
            # Cells may have been programmed anew: what lies there is what is simulated.
            terminal.print(replace(edited, severity="warning"))
        reporter = terminal.reporter()
        try:
            verification = compilation.verify(
                driver=driver.value,
                jobs=jobs,
                reduce=reduce,
                timeout_seconds=timeout,
                progress=reporter.started("verify"),
            )
        finally:
            reporter.stopped()
        print(tables.verification(verification.to_json()), end="")
        if not verification.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


@app.command()
def predict(
    out: Folder,
    inputs: Annotated[Path, typer.Argument(metavar="INPUTS.NPZ", help="Input voltages.")],
    outputs: Annotated[
        Path | None,
        typer.Option("-o", "--outputs", metavar="OUTPUTS.NPZ", help="Write the voltages here."),
    ] = None,
    json_lines: JsonLines = False,
) -> None:
    """Predict the read-out voltages of a compiled network, one line a sample."""
    with reporting(json_lines=json_lines):
        volts = api.load(out).predict(read_inputs(inputs))
        if outputs is not None:
            write_npz(outputs, {"outputs": volts}, {})
        else:
            for row in volts.reshape(-1, volts.shape[-1]).tolist():
                print(" ".join(f"{value:.9g}" for value in row))


@app.command()
def passes(
    source: SourceFile,
    graph_format: Annotated[
        GraphFormat, typer.Option("--format", help="A line a pass, or a graph for Graphviz.")
    ] = GraphFormat.TEXT,
    options: Annotated[
        bool, typer.Option("--options", help="Print the options of each pass as well.")
    ] = False,
    define: Define = None,
    corner: Corner = None,
    method: Method = None,
    seed: Seed = None,
    params: Params = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    settings: Set = None,
    json_lines: JsonLines = False,
) -> None:
    """Print the passes of a compile, what each requires and what it provides."""
    with reporting(json_lines=json_lines):
        graph = api.passes(
            source,
            define=_definitions(define),
            corner=corner,
            method=method,
            seed=seed,
            params=params,
            driver=driver.value,
            reduce=reduce,
            settings=settings or (),
        )
        text = graph.dot() if graph_format is GraphFormat.DOT else graph.text(options)
        print(text, end="")


@app.command()
def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="Such as IM012.")]) -> None:
    """Explain a diagnostic code."""
    with reporting():
        explanation = explanations().get(code.upper())
        if explanation is None:
            raise fail("IM715", f"no diagnostic has the code `{code}`", exit_code=ExitCode.USAGE)
        print(f"{explanation.code}: {explanation.title}\n\n{explanation.text.strip()}")
        if explanation.example:
            print("\nFor example:\n\n" + indent(explanation.example.strip(), "    "))


@app.command("fmt")
def format_command(
    sources: Annotated[list[Path], typer.Argument(metavar="NET.IMNN...", help="Source files.")],
    in_place: Annotated[
        bool, typer.Option("-i", "--in-place", help="Rewrite the files that are not canonical.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="List the files that are not canonical, and fail.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Print source files in their canonical form, comments kept."""
    with reporting(json_lines=json_lines):
        changed = False
        for path in sources:
            canonical = format_source(read_source(path))
            is_canonical = path.read_bytes() == canonical.encode()
            if check and not is_canonical:
                changed = True
                print(path)
            elif in_place and not is_canonical:
                rewrite(path, canonical)
            elif not (check or in_place):
                print(canonical, end="")
        if changed:
            raise typer.Exit(ExitCode.SOURCE)


@tech.command("list")
def tech_list() -> None:
    """Print the names of the technologies."""
    with reporting():
        for name in technology_names():
            print(name)


@tech.command("show")
def tech_show(name: TechnologyName) -> None:
    """Print the definition of a technology, in the language itself."""
    with reporting():
        load_technology(name)
        print(definition_path(name).read_text(encoding="utf-8"), end="")


@tech.command("characterize")
def tech_characterize(
    name: TechnologyName,
    corner: Annotated[str | None, typer.Option(help="The corner.")] = None,
    temperature: Annotated[float | None, typer.Option(metavar="CELSIUS")] = None,
    supply: Annotated[float | None, typer.Option(metavar="VOLTS", help="Rails at ± this.")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="TABLE.NPZ", help="Write the table.")
    ] = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Have ngspice measure the unit inverter of a technology."""
    with reporting(quiet, json_lines) as terminal:
        table = api.characterize(
            name,
            corner=corner,
            temperature_celsius=temperature,
            supply_volts=supply,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
        )
        if out is not None:
            api.write_inverter_table(table, out)
        print(tables.inverter(table), end="")


@cache.command("info")
def cache_info() -> None:
    """Print where the cache is and what it holds."""
    with reporting():
        print(tables.usage(Store(default_folder()).usage()), end="")


@cache.command("clear")
def cache_clear() -> None:
    """Empty the cache."""
    with reporting():
        Store(default_folder()).clear()


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _seeds(text: str) -> list[int]:
    try:
        return [int(seed) for seed in _names(text)]
    except ValueError:
        raise fail(
            "IM703",
            f"`--seeds` must be whole numbers with commas, it was `{text}`",
            exit_code=ExitCode.USAGE,
        ) from None


def _definitions(definitions: list[str] | None) -> dict[str, str]:
    found = {}
    for definition in definitions or ():
        name, equals, value = definition.partition("=")
        if not (name and equals and value):
            raise fail(
                "IM718",
                f"a definition must have the form `name=value`, it was `{definition}`",
                exit_code=ExitCode.USAGE,
            )
        found[name] = value
    return found


def main() -> None:
    """The entry point of the `imnnc` command."""
    open_standard_streams()
    # Ended by a supervisor, simulators and temporary folders go as they do for ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    app()
