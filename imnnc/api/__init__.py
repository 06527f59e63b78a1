"""The compiler from Python: the same as on the command line, with values instead of text."""

from typing import TYPE_CHECKING

from imnnc.lazily import exported

if TYPE_CHECKING:
    from imnnc.api.calibration import calibrate
    from imnnc.api.checking import check
    from imnnc.api.comparison import compare
    from imnnc.api.compilation import Compilation, load
    from imnnc.api.compiling import compile, passes
    from imnnc.api.computing import available_jobs, cluster_workers
    from imnnc.api.dies import chips
    from imnnc.api.difference import diff
    from imnnc.api.golden import check_golden, update_golden
    from imnnc.api.models import from_onnx, from_state, from_torch
    from imnnc.api.networks import Network
    from imnnc.api.new_folder import start
    from imnnc.api.origin import output_folder
    from imnnc.api.technology import (
        TABLE_ENDINGS,
        characterize,
        characterize_corners,
        known_ending,
        write_inverter_table,
    )
    from imnnc.api.transfer import CURVES_ENDINGS, transfer_curves, write_transfer_curves
    from imnnc.api.waveforms import simulate
    from imnnc.simulate.driver import DEFAULT_TIMEOUT_SECONDS, Driver

__all__ = [
    "CURVES_ENDINGS",
    "DEFAULT_TIMEOUT_SECONDS",
    "TABLE_ENDINGS",
    "Compilation",
    "Driver",
    "Network",
    "available_jobs",
    "calibrate",
    "characterize",
    "characterize_corners",
    "check",
    "check_golden",
    "chips",
    "cluster_workers",
    "compare",
    "compile",
    "diff",
    "from_onnx",
    "from_state",
    "from_torch",
    "known_ending",
    "load",
    "output_folder",
    "passes",
    "simulate",
    "start",
    "transfer_curves",
    "update_golden",
    "write_inverter_table",
    "write_transfer_curves",
]

__getattr__, __dir__ = exported(
    __name__,
    {
        "imnnc.api.calibration": ("calibrate",),
        "imnnc.api.dies": ("chips",),
        "imnnc.api.difference": ("diff",),
        "imnnc.api.checking": ("check",),
        "imnnc.api.comparison": ("compare",),
        "imnnc.api.compilation": ("Compilation", "load"),
        "imnnc.api.compiling": ("compile", "passes"),
        "imnnc.api.networks": ("Network",),
        "imnnc.api.computing": (
            "available_jobs",
            "cluster_workers",
        ),
        "imnnc.api.golden": (
            "check_golden",
            "update_golden",
        ),
        "imnnc.api.models": (
            "from_onnx",
            "from_state",
            "from_torch",
        ),
        "imnnc.api.origin": ("output_folder",),
        "imnnc.api.new_folder": ("start",),
        "imnnc.api.technology": (
            "characterize",
            "characterize_corners",
            "known_ending",
            "TABLE_ENDINGS",
            "write_inverter_table",
        ),
        "imnnc.api.transfer": (
            "CURVES_ENDINGS",
            "transfer_curves",
            "write_transfer_curves",
        ),
        "imnnc.api.waveforms": ("simulate",),
        "imnnc.simulate.driver": (
            "DEFAULT_TIMEOUT_SECONDS",
            "Driver",
        ),
    },
)
