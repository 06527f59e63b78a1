"""How ngspice is run, and for how long: what callers may choose, without what it takes to run."""

from __future__ import annotations

from typing import Literal

# In worker processes by way of PySpice and ngspice's library; or as processes of its own.
Driver = Literal["pyspice", "ngspice"]

DEFAULT_TIMEOUT_SECONDS = 600.0  # for each call of a simulator
