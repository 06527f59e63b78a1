"""The entry point before the command line is there."""

import signal
import subprocess
import sys
from pathlib import Path

INTERRUPTED = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "imnnc.cli.networks":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from imnnc.__main__ import main
main()
"""


def test_an_interruption_while_modules_are_imported_shows_none_of_them():
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert (process.returncode, process.stderr) == (-signal.SIGINT, "")
