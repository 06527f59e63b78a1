"""Commands that compile a network, or look at one that was compiled."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from imnnc import api, tables
from imnnc.cli.answers import answers_of
from imnnc.cli.arguments import (
    Device,
    Driver,
    DriverOption,
    Edited,
    Folder,
    Jobs,
    JsonLines,
    NewFolder,
    Quiet,
    Reduce,
    Sarif,
    SourceFile,
    Timeout,
    Workers,
    names,
    whole_numbers,
)
from imnnc.cli.loading import loaded
from imnnc.cli.overrides import Corner, Define, Method, Params, Seed, Set, definitions
from imnnc.data.npz import read_inputs
from imnnc.diagnostics import ExitCode, fail
from imnnc.encoding import TABLE_SUFFIXES, format_of
from imnnc.engine.device import PROCESSOR
from imnnc.files.arrays import write_npz
from imnnc.files.files import new_text, write_json
from imnnc.terminal import reporting

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command("compile")
def compile_command(
    source: SourceFile,
    out: NewFolder = None,
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
    workers: Workers = None,
    device: Device = PROCESSOR.name,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    sarif: Sarif = None,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Compile a network into a verified netlist and programming files."""
    with reporting(quiet, json_lines, sarif) as terminal:
        compilation = api.compile(
            source,
            out,
            define=definitions(define),
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
            workers=workers,
            device=device,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
        )
        if stop_after is None:
            found = compilation.to_json()
            terminal.result(found, tables.compilation(compilation))
        if time_passes:
            timings = [asdict(x) for x in compilation.timings]
            terminal.result({"timings": timings}, tables.timings(compilation.timings))
        if stop_after is None and not compilation.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


@app.command()
def compare(
    source: SourceFile,
    out: NewFolder = None,
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
    chips: Annotated[
        int | None,
        typer.Option(min=1, help="On how many chips as well; by default as the source says."),
    ] = None,
    define: Define = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    settings: Set = None,
    jobs: Jobs = None,
    workers: Workers = None,
    device: Device = PROCESSOR.name,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Train and compile a network by several methods, and measure all alike in ngspice."""
    with reporting(quiet, json_lines) as terminal:
        folder = out or api.output_folder(source, definitions(define))
        found = api.compare(
            source,
            folder,
            methods=names(methods),
            seeds=None if seeds is None else whole_numbers("--seeds", seeds),
            samples=samples,
            chips=chips,
            define=definitions(define),
            driver=driver.value,
            reduce=reduce,
            settings=settings or (),
            jobs=jobs,
            workers=workers,
            device=device,
            timeout_seconds=timeout,
            reporter=terminal.reporter(),
            on_run=terminal.headline,
        )
        terminal.result(found.content, tables.comparison(found, folder))


@app.command()
def verify(
    out: Folder,
    edited: Edited = False,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    jobs: Jobs = None,
    workers: Workers = None,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Simulate the files of an output folder again."""
    with reporting(quiet, json_lines) as terminal:
        compilation = loaded(out, edited, terminal)
        with terminal.progress("verify") as progress:
            verification = compilation.verify(
                edited=edited,
                driver=driver.value,
                jobs=jobs,
                workers=workers,
                reduce=reduce,
                timeout_seconds=timeout,
                progress=progress,
                reporter=terminal.reporter(),
            )
        for warning in verification.warnings():
            terminal.print(warning)
        content = verification.to_json()
        terminal.result(content, tables.verification(content))
        if not verification.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


@app.command()
def evaluate(
    out: Folder,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A source, for its test samples, or a .npz of `inputs` in volts and `targets`.",
        ),
    ] = None,
    define: Define = None,
    prove: Annotated[
        int, typer.Option(min=0, help="Samples, drawn at random, that ngspice checks.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Of that draw.")] = 1,
    edited: Edited = False,
    report: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE.JSON", help="Write the figures.")
    ] = None,
    driver: DriverOption = Driver.PYSPICE,
    reduce: Reduce = False,
    jobs: Jobs = None,
    workers: Workers = None,
    device: Device = PROCESSOR.name,
    timeout: Timeout = api.DEFAULT_TIMEOUT_SECONDS,
    quiet: Quiet = False,
    json_lines: JsonLines = False,
) -> None:
    """Solve the circuit for a whole test set, and check a few samples in ngspice.

    Exits with 3 where ngspice does not agree within 1 µV.
    """
    with reporting(quiet, json_lines) as terminal:
        compilation = loaded(out, edited, terminal)
        with terminal.progress("evaluate") as progress:
            found = compilation.evaluate(
                data,
                define=definitions(define),
                edited=edited,
                prove=prove,
                seed=seed,
                driver=driver.value,
                jobs=jobs,
                workers=workers,
                device=device,
                reduce=reduce,
                timeout_seconds=timeout,
                progress=progress,
                reporter=terminal.reporter(),
            )
        if report is not None:
            write_json(report, found.to_json())
        terminal.result(found.to_json(), tables.evaluation(found.to_json()))
        if not found.passed:
            raise typer.Exit(ExitCode.VERIFICATION)


@app.command()
def predict(
    out: Folder,
    inputs: Annotated[
        Path,
        typer.Argument(metavar="INPUTS", help="Input voltages as .npz, or a table of samples."),
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="NET.IMNN", help="Of a table: the source, whose units it has."),
    ] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(
            "-o", "--outputs", metavar="FILE", help="Write the voltages, as .npz or as .csv."
        ),
    ] = None,
    define: Define = None,
    edited: Edited = False,
    json_lines: JsonLines = False,
) -> None:
    """Predict the read-out voltages of a compiled network, one line a sample.

    Of a table, with headings, and in front of them which class each sample is.
    """
    with reporting(json_lines=json_lines) as terminal:
        compilation = loaded(out, edited, terminal)
        if format_of(inputs.name) in TABLE_SUFFIXES:
            if data is None:
                raise fail(
                    "IM716",
                    f"`{inputs}` has samples in the units of some data",
                    help=f"name the source that says which: `imnnc predict {out} {inputs} --data"
                    " NET.IMNN`",
                    exit_code=ExitCode.USAGE,
                )
            unseen = compilation.encode(inputs, data, define=definitions(define))
            volts = compilation.predict(unseen.inputs_volts, edited=edited)
            answers = answers_of(volts, unseen.outputs, classes=unseen.classes)
            found = {"names": unseen.outputs, "outputs": volts.tolist()}
        else:
            volts = compilation.predict(read_inputs(inputs), edited=edited)
            answers = answers_of(volts.reshape(-1, volts.shape[-1]))
            found = {"outputs": volts.tolist()}
        if outputs is None:
            terminal.result(found, answers)
        elif format_of(outputs.name) in TABLE_SUFFIXES:
            with new_text(outputs, "utf-8") as stream:
                stream.write(answers)
        else:
            write_npz(outputs, {"outputs": volts}, {})
