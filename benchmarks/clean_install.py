"""The wheel in an environment of its own, in another folder, without root and without a checkout.

    python -m benchmarks.clean_install --python /usr/bin/python3.12 [--python ...]

For each Python a new environment gets the wheel of this checkout and what pip brings with it.
There, in an empty folder and as a user without rights (where root starts this, as `nobody`), a
network is begun, checked, compiled, and compared with a golden of itself.  Prints a line a command
and writes JSON; the exit code is 1 where a command fails.  Where pip takes a CUDA build of torch,
gigabytes are fetched.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results" / "clean_install.json"
NOBODY = 65534
# After `pip install`: what a newcomer types, in the folder that the first command fills.
COMMANDS = (
    "imnnc doctor",
    "imnnc init",
    "imnnc check iris.imnn",
    "imnnc compile iris.imnn -o out",
    "imnnc golden update out --golden golden",
    "imnnc check out --golden golden",
)


def wheel(folder: Path) -> Path:
    """The wheel of this checkout, built into a folder."""
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    (found,) = folder.glob("imnnc-*.whl")
    return found


def timed(command: list[str], home: Path) -> dict[str, object]:
    """Run a command in a folder as somebody without rights; what it took and how it ended."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=home / "work",
        env={"PATH": f"{home / 'env' / 'bin'}:/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
        text=True,
        **user,
    )
    return {
        "command": " ".join(command),
        "seconds": time.perf_counter() - start,
        "exit_code": done.returncode,
        "output": (done.stdout + done.stderr)[-2000:],
    }


def tried(python: str, built: Path, home: Path) -> list[dict[str, object]]:
    """All commands with one Python, in a folder of their own."""
    subprocess.run([python, "-m", "venv", str(home / "env")], check=True)
    pip = [str(home / "env" / "bin" / "pip"), "install", "--quiet"]
    start = time.perf_counter()
    # As whoever starts this, whose pip knows where packages are to be had.
    subprocess.run([*pip, f"{built}[fast]"], check=True)
    seconds = time.perf_counter() - start
    (home / "work").mkdir()
    if os.geteuid() == 0:
        for path in (home, home / "work"):
            shutil.chown(path, NOBODY, NOBODY)
    steps: list[dict[str, object]] = [
        {"command": "pip install imnnc[fast]", "seconds": seconds, "exit_code": 0}
    ]
    return steps + [timed(command.split(), home) for command in COMMANDS]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--python", action="append", default=[], help="may be repeated")
    parser.add_argument("--json", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    found = {}
    for python in arguments.python or [sys.executable]:
        said = subprocess.run([python, "--version"], check=True, capture_output=True, text=True)
        version = said.stdout.strip()
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            home.chmod(0o755)
            steps = tried(python, wheel(home), home)
        found[version] = steps
        for step in steps:
            print(f"{version}  {step['seconds']:7.1f} s  {step['exit_code']}  {step['command']}")
            if step["exit_code"]:
                print(step["output"])
    arguments.json.parent.mkdir(exist_ok=True)
    arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return int(any(step["exit_code"] for steps in found.values() for step in steps))


if __name__ == "__main__":
    sys.exit(main())
