"""The schemas of the JSON files in an output folder."""

from __future__ import annotations

from typing import get_args

from imnnc.data.scaling import Reading
from imnnc.design import METHODS
from imnnc.measure.chip_decks import Proof
from imnnc.measure.chips import Figures, Yield
from imnnc.measure.figures import Accuracy, ErrorFigures
from imnnc.measure.verification import (
    LayerError,
    Lumped,
    ReadoutNoise,
    Tile,
    WorstTransition,
)
from imnnc.parasitics import Capacitances, CellModel, Layout, Parasitics, Wires
from imnnc.physics.vtc import NominalPoint
from imnnc.pulses import PulsePlan, Pulses
from imnnc.schemas.words import (
    NUMBER,
    SHA256,
    TEXT,
    TRUTH,
    VERSION_1,
    WHOLE,
    Schema,
    by_name,
    either,
    many,
    maybe,
    numbers,
    of,
    one_of,
    record,
    with_members,
)
from imnnc.tasks import ProgramSpec

NAMED = record({"name": TEXT, "version": TEXT})
METHOD = one_of(*METHODS)
SOURCES = numbers("rails", "all_sources")
_MAYBE_SOURCES = record(dict.fromkeys(("rails", "all_sources"), maybe(NUMBER)))
SPREAD = numbers("mean", "sd", "min", "median", "max")
TWO = numbers("predicted", "simulated")
BEFORE = numbers("before", "after")
RMS = numbers("rms", "max")
_ENDS = numbers("min", "max")


def manifest() -> Schema:
    """What made a folder, and the sha256 of its files."""
    return record(
        {
            "schema": VERSION_1,
            "tool": NAMED,
            "files": by_name(SHA256),
            "network": TEXT,
            "method": METHOD,
            "technology": TEXT,
            "corner": TEXT,
            "seed": WHOLE,
            "simulator": NAMED,
            "source": record({"name": TEXT, "sha256": SHA256}),
            "data": by_name(SHA256),
            "kit": maybe(record({"name": TEXT, "version": TEXT, "found": TEXT})),
            "models": by_name(SHA256),
            "parameters": maybe(SHA256),
            "options": by_name({"type": "object"}),
        },
        # A die's cells are another folder's, calibrated; training began at a model; codes of what
        # the compile has warned of; a GPU computed
        {
            "model": by_name(SHA256),
            "calibrated": {"type": "object"},
            "warnings": many(TEXT),
            "device": record({"kind": TEXT, "model": TEXT}),
        },
    )


def timings() -> Schema:
    """How long each pass took."""
    passes = record({"pass": TEXT, "seconds": NUMBER, "cached": TRUTH})
    return record({"schema": VERSION_1, "passes": many(passes)})


def _corner() -> dict[str, Schema]:
    layers = {"layers": many(of(LayerError))}
    at_hold = record(
        {
            "samples": WHOLE,
            "from_settled_v": of(ErrorFigures),
            "prediction_error_v": of(ErrorFigures),
            "accuracy": maybe(of(Accuracy)),
            "decided_as_settled": maybe(NUMBER),
            "target_mse_v2": maybe(NUMBER),
        }
    )
    return {
        "corner": TEXT,
        "samples": WHOLE,
        "outputs": WHOLE,
        "prediction_error_v": with_members(of(ErrorFigures), layers),
        "accuracy": maybe(of(Accuracy)),
        "target_mse_v2": maybe(TWO),
        "power_w": SOURCES,
        "energy_j": _MAYBE_SOURCES,
        "hold_s": maybe(NUMBER),
        "delay_s": maybe(NUMBER),
        "delay_estimated_s": maybe(NUMBER),
        "not_measured": maybe(TEXT),
        "worst_transition": maybe(of(WorstTransition)),
        "at_hold": maybe(at_hold),
        "transient_steps": WHOLE,
        "reduction_error_v": maybe(NUMBER),
    }


_OF_SOME_CORNERS = {
    "reduction_tile": of(Tile),
    "leaks_move_v": of(ErrorFigures),
    "thermal_noise_v": of(ReadoutNoise),
    "reduction_in_time": of(Lumped),
}


def verify() -> Schema:
    """What ngspice measured beside what was predicted."""
    return record(
        {
            "schema": VERSION_1,
            "network": TEXT,
            "method": METHOD,
            **_corner(),
            "tolerance_v": NUMBER,
            "passed": TRUTH,
            "simulator": NAMED,
            "corners": many(record(_corner(), _OF_SOME_CORNERS)),
        },
        _OF_SOME_CORNERS,
    )


def summary() -> Schema:
    """Fitting, training, sizing, quantisation and shape of a network."""
    layer = record(
        {
            "name": TEXT,
            "inputs": WHOLE,
            "width": WHOLE,
            "cells": WHOLE,
            "size_minus": NUMBER,
            "size_plus": NUMBER,
        },
        {"unformed": WHOLE, "bias_pairs": WHOLE},
    )
    network = record(
        {
            "name": TEXT,
            "input": record({"name": TEXT, "width": WHOLE}),
            "layers": many(layer),
            "cells": WHOLE,
            "inverters": WHOLE,
            "total_size": NUMBER,
        }
    )
    memristor = record(
        {
            "name": TEXT,
            "conductance_min_s": NUMBER,
            "conductance_max_s": NUMBER,
            "levels": maybe(WHOLE),
            "variation": NUMBER,
        },
        {"sinh_per_volt": NUMBER, "model": of(CellModel)},
    )
    data = record(
        {
            "source": TEXT,
            "train": WHOLE,
            "test": WHOLE,
            "reading": one_of(*get_args(Reading)),
            "values": _ENDS,
            "input_v": _ENDS,
            "constant_inputs": WHOLE,
        },
        {"trained_with": WHOLE},
    )
    wire = record(
        {
            "name": TEXT,
            **dict.fromkeys(("row_ohm", "column_ohm", "driver_ohm"), maybe(NUMBER)),
            "layout": maybe(one_of(*get_args(Layout))),
            "moved_v": RMS,
        }
    )
    tried = record(
        {
            "field": TEXT,
            "value": NUMBER,
            "score": numbers("circuit", "predicted"),
            "error_v": NUMBER,
            "rails_power_w": NUMBER,
            "chosen": TRUTH,
        },
        {"source_power_w": NUMBER},
    )
    model = {"samples": WHOLE, "simulated_samples": WHOLE}
    pitches = numbers("name", "row_f", "column_f", "cell_f")
    pitches["properties"]["name"] = TEXT
    return record(
        {
            "schema": VERSION_1,
            "network": network,
            "technology": record(
                {"name": TEXT, "corner": TEXT, "temperature_celsius": NUMBER, "supply_v": NUMBER}
            ),
            "memristor": memristor,
            "data": data,
            "curves": many(
                record({"corner": TEXT, "output": TEXT, "rms_v": NUMBER, "max_v": NUMBER})
            ),
            "nominal": maybe(of(NominalPoint)),
            "tuning": many(tried),
            "training": record(
                {
                    "loss": TEXT,
                    "score": one_of("accuracy", "mse_v2"),
                    "kept_epoch": maybe(WHOLE),
                    "epochs": many(numbers("loss", "score")),
                }
            ),
            "sizing": record({"size": BEFORE, "rails_power_w": BEFORE, "score": BEFORE}),
            "quantisation": record({"samples": WHOLE, "score": BEFORE}),
            "constant_answer": record({"score": NUMBER, "as_good": TRUTH}, {"class": WHOLE}),
        },
        {
            "model": either(
                record({**model, "accuracy": NUMBER, "agreement": TWO}),
                record({**model, "target_mse_v2": NUMBER, "apart_v2": TWO}),
            ),
            "wires": record(
                {"samples": WHOLE, "score": numbers("with", "without"), "layers": many(wire)}
            ),
            "capacitances": many(pitches),
            "pulses": record(_pulses()),
        },
    )


def chips() -> Schema:
    """What chips come to that differ in their transistors and cells."""
    figures = of(Figures)
    with_nominal = with_members(figures, {"nominal": NUMBER})
    spread = record(
        {
            "threshold_nmos_v": NUMBER,
            "threshold_pmos_v": NUMBER,
            "cells": NUMBER,
            "distribution": one_of("lognormal", "gaussian"),
            "read_noise": NUMBER,
            "stuck": numbers("low", "high"),
        },
        {
            "drift": NUMBER,
            "age_s": NUMBER,
            "shared": numbers("process_sigma", "coldest_kelvin", "warmest_kelvin", "supply"),
        },
    )
    proof = with_members(of(Proof), {"limit_v": NUMBER, "passed": TRUTH})

    def with_score(name: str) -> Schema:
        return record(
            {
                "schema": VERSION_1,
                "network": TEXT,
                "corner": TEXT,
                "seed": WHOLE,
                "chips": WHOLE,
                "samples": WHOLE,
                "spread": spread,
                name: with_nominal,
                "yield": maybe(with_members(of(Yield), {"passed": TRUTH})),
                "power_w": record(dict.fromkeys(("rails", "all_sources"), with_nominal)),
                "causes": by_name(record({"chips": WHOLE, name: figures})),
                "samples_lost": WHOLE,
                "ngspice": many(proof),
                "each_chip": many(NUMBER),
            }
        )

    return either(with_score("accuracy"), with_score("target_mse_v2"))


def index() -> Schema:
    """What is to be programmed into each crossbar, and in which files it is."""
    file = record({"file": TEXT, "sha256": SHA256})
    crossbar = record(
        {
            "crossbar": TEXT,
            "shape": {"type": "array", "items": WHOLE, "minItems": 2, "maxItems": 2},
            "levels": TRUTH,
            "size_minus": many(NUMBER),
            "size_plus": many(NUMBER),
        },
        {
            "unformed": WHOLE,
            "bias_pairs": WHOLE,
            "wires": of(Wires, omits_null=True),
            "capacitances": of(Capacitances),
            "csv": file,
        },
    )
    parasitics = of(Parasitics, ("wires", "capacitances", "model"), omits_null=True)
    pulses = with_members(of(Pulses, omits_null=True), {"model": TEXT})
    spec = of(ProgramSpec)["properties"]
    plan = with_members(of(PulsePlan, ("spec", "pulses")), {**spec, "pulses": pulses})
    return record(
        {
            "schema": VERSION_1,
            "memristor": TEXT,
            "tolerance": NUMBER,
            "units": by_name(TEXT),
            "columns": by_name(TEXT),
            "crossbars": many(crossbar),
        },
        {
            **parasitics["properties"],
            "model": of(CellModel),
            "write_verify": plan,
            "npz": file,
        },
    )


def pulses() -> Schema:
    """What programming a chip by pulses comes to."""
    return record({"schema": VERSION_1, **_pulses()})


def _pulses() -> dict[str, Schema]:
    counts = record({"mean": NUMBER, "most_of_95_percent": WHOLE, "max": WHOLE})
    layer = record(
        {"name": TEXT, "cells": WHOLE, "failed": WHOLE, "pulses": counts, "error": maybe(RMS)}
    )
    whole = ("seed", "chip", "most_tries", "cells", "failed", "stuck", "failed_stuck")
    return {
        **dict.fromkeys(whole, WHOLE),
        "tolerance": NUMBER,
        "first_guess": NUMBER,
        "pulses": counts,
        "reads": counts,
        "error": maybe(RMS),
        "time_s": maybe(NUMBER),
        "reads_timed": TRUTH,
        "cells_energy_j": maybe(NUMBER),
        "layers": many(layer),
    }
