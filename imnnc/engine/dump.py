"""Artifacts as files for people: what `--dump-after` writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from imnnc.diagnostics import ExitCode, fail
from imnnc.engine.base import Pass
from imnnc.files.codec import Files, encode
from imnnc.files.files import reason_of


def dump(pass_: Pass, artifacts: tuple[object, ...], folder: Path) -> None:
    """Write what a pass has provided into `folder`, over an earlier dump of that pass.

    Each artifact becomes `<pass>/<type>.json`, which names its arrays, with the arrays beside it
    in `<type>.npz`; emitted files are copied as they are.

    Raises:
        CompileError: the folder cannot be written.
        DamagedError: an emitted file is not what it was.
    """
    target = folder / pass_.name
    try:
        # A folder of this name may be there for another reason: nothing in it is removed.
        target.mkdir(parents=True, exist_ok=True)
        for artifact in artifacts:
            name = type(artifact).__name__
            tree, arrays = encode(artifact)
            (target / f"{name}.json").write_text(json.dumps(tree, indent=2) + "\n")
            if arrays:
                np.savez_compressed(target / f"{name}.npz", allow_pickle=False, **arrays)
            if isinstance(artifact, Files):
                artifact.copy_to(target)
    except OSError as error:
        raise fail(
            "IM712",
            f"cannot write the dump `{target}`: {reason_of(error)}",
            help="free some space, or choose another place with `--dump-to`",
            exit_code=ExitCode.USAGE,
        ) from error
