"""The schemas of JSON that lies elsewhere than in an output folder, or is printed by `--json`."""

from __future__ import annotations

from imnnc.check.result import Level
from imnnc.measure.evaluate import Spread
from imnnc.measure.figures import ErrorFigures
from imnnc.physics.vtc import NominalPoint
from imnnc.schemas.output import METHOD, NAMED, chips, verify
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
)

_OVER_SEEDS = record({"mean": maybe(NUMBER), "sd": maybe(NUMBER)})


def _over(*names: str) -> Schema:
    return record(dict.fromkeys(names, _OVER_SEEDS))


def evaluate() -> Schema:
    """What a network does on all samples, of `imnnc evaluate -o`."""
    ngspice = record(
        {
            "samples": WHOLE,
            "error_v": of(ErrorFigures),
            "worst_node_v": NUMBER,
            "limit_v": NUMBER,
            "passed": TRUTH,
        },
        {"reduced": TRUTH},
    )
    return record(
        {
            "schema": VERSION_1,
            "network": TEXT,
            "method": METHOD,
            "samples": WHOLE,
            "accuracy": maybe(numbers("circuit", "predicted", "agreement")),
            "target_mse_v2": maybe(numbers("circuit", "predicted")),
            "prediction_error_v": of(ErrorFigures),
            "power_w": record({"rails": of(Spread), "all_sources": of(Spread)}),
            "rounds": WHOLE,
            "ngspice": maybe(ngspice),
        },
        {"without_leaks": TRUTH},
    )


def calibration() -> Schema:
    """What a die was found to be, and how many cells it needs changed."""
    ends = record({"up": many(NUMBER), "down": many(NUMBER)})
    layer = record(
        {
            "cells": WHOLE,
            "changed": WHOLE,
            "broken": WHOLE,
            "gates_v": record({"minus": ends, "plus": ends}),
        }
    )

    def with_score(name: str) -> Schema:
        return record(
            {
                "schema": VERSION_1,
                "network": TEXT,
                "samples": WHOLE,
                name: numbers("nominal", "before", "after"),
                "rails_v": numbers("vdd", "vss"),
                "changed": WHOLE,
                "residual_v": NUMBER,
                "noise_v": NUMBER,
                "layers": by_name(layer),
            },
            {"known_stuck": WHOLE},
        )

    return either(with_score("accuracy"), with_score("target_mse_v2"))


def golden() -> Schema:
    """What a golden was made of, and the sha256 of its files."""
    return record(
        {
            "schema": VERSION_1,
            "network": TEXT,
            "simulator": NAMED,
            "tool": NAMED,
            "files": by_name(SHA256),
        }
    )


def compare() -> Schema:
    """Several methods, side by side."""
    errors = {"rms": _OVER_SEEDS, "max": _OVER_SEEDS}
    sources = _over("rails", "all_sources")
    on_chips = record(
        {
            "yield": maybe(record({"goal": NUMBER, "share": _OVER_SEEDS})),
            "power_w": sources,
        },
        dict.fromkeys(("accuracy", "target_mse_v2"), _over("nominal", "mean", "tail", "worst")),
    )
    layer = record({"layer": TEXT, "node": TEXT, "rms_v": _OVER_SEEDS})
    sweep = record(
        {
            "field": TEXT,
            **dict.fromkeys(
                ("value", "score", "predicted_score", "error_volts", "power_watts"), NUMBER
            ),
            "chosen": TRUTH,
        },
        {"source_watts": NUMBER},
    )
    method = record(
        {
            "prediction_error_v": _over("rms", "mean_abs", "max"),
            "prediction_mse_v2": _OVER_SEEDS,
            "layers": many(layer),
            "accuracy": maybe(_over("predicted", "simulated", "agreement")),
            "target_mse_v2": maybe(_over("predicted", "simulated")),
            "test_set": record(
                {"samples": WHOLE, "predicted": _OVER_SEEDS, "circuit": _OVER_SEEDS}
            ),
            "energy_j": sources,
            "energy_common_hold_j": sources,
            "at_hold": record(
                {
                    "from_settled_v": record(errors),
                    "prediction_error_v": record(errors),
                    "accuracy": _OVER_SEEDS,
                    "decided_as_settled": _OVER_SEEDS,
                    "target_mse_v2": _OVER_SEEDS,
                }
            ),
            "power_w": sources,
            "delay_s": _OVER_SEEDS,
            "total_inverter_size": _OVER_SEEDS,
            "nominal": maybe(of(NominalPoint)),
            "chosen": by_name(NUMBER),
            "sweeps": many(sweep),
        },
        {"chips": on_chips},
    )
    return record(
        {
            "schema": VERSION_1,
            "network": TEXT,
            "widths": many(WHOLE),
            "data": maybe(TEXT),
            "samples": WHOLE,
            "outputs": WHOLE,
            "seeds": many(WHOLE),
            "order": many(TEXT),
            "corner": TEXT,
            "common_hold_s": maybe(NUMBER),
            "transient_steps": WHOLE,
            "reduced": TRUTH,
            "methods": by_name(method),
            "ratios": by_name(by_name(maybe(NUMBER))),
            "published": by_name(either(NUMBER, by_name(NUMBER))),
            "versions": record({"imnnc": TEXT, "ngspice": TEXT}),
            "source_sha256": SHA256,
        },
        {"chips": record({"count": WHOLE, "samples": WHOLE, "seed": WHOLE})},
    )


def diagnostic() -> Schema:
    """A message, of which `--json` prints one a line on standard error."""
    span = record(
        {"file": TEXT, **dict.fromkeys(("line", "column", "end_line", "end_column"), WHOLE)}
    )
    return record(
        {
            "code": {"type": "string", "pattern": "^IM[0-9]{3}$"},
            "severity": one_of("error", "warning", "note"),
            "message": TEXT,
            "span": maybe(span),
            "label": TEXT,
            "secondary": many(record({"span": maybe(span), "message": TEXT})),
            "notes": many(TEXT),
            "help": maybe(TEXT),
        }
    )


def check() -> Schema:
    """What `imnnc check OUT --golden GOLDEN --json` prints."""
    level = record(
        {
            "level": one_of(*Level),
            "passed": TRUTH,
            "compared": WHOLE,
            "differ": many(record({"part": TEXT, "texts": many(TEXT)})),
        }
    )
    return record({"network": TEXT, "passed": TRUTH, "levels": many(level)})


def compiled() -> Schema:
    """What `imnnc compile --json` prints."""
    return record(
        {
            "out": TEXT,
            "changed": maybe(TRUTH),
            "passed": TRUTH,
            "verification": verify(),
            "chips": maybe(chips()),
        }
    )
