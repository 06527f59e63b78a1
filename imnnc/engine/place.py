"""Where a cluster is, as `--workers` says it, and what can be wrong with it."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from imnnc.diagnostics import CompileError, Diagnostic, ExitCode, fail

WAIT_SECONDS = 60.0  # for the first worker, and for one to come back when all are gone
_FORMS = "`dask://HOST:PORT`, `dask+tls://HOST:PORT` or `dask://local?n=2`"


@dataclass(frozen=True)
class Place:
    """Where a cluster is."""

    text: str  # as the user has it
    address: object  # of its scheduler, or a cluster of dask's; None: one that is started here
    count: int  # of workers, where it is started here
    wait_seconds: float  # without a worker, until that is an error

    @property
    def is_exposed(self) -> bool:
        """Whether jobs and results travel between machines as anybody can read and write them."""
        host = urlsplit(self.text).hostname or ""
        with suppress(ValueError):
            return self.text.startswith("dask:") and not ipaddress.ip_address(host).is_loopback
        return self.text.startswith("dask:") and host not in ("local", "localhost")


def parse_place(text: str) -> Place:
    """What `--workers` says; fails with IM730."""
    try:
        url = urlsplit(text)
        port, given = url.port, dict(parse_qsl(url.query, strict_parsing=bool(url.query)))
        wait = float(given.pop("wait", WAIT_SECONDS))
        count = int(given.pop("n", "2")) if url.hostname == "local" else 0
    except ValueError:
        raise _no_place(text) from None
    here = url.hostname == "local" and url.scheme == "dask"
    right = (
        url.scheme in ("dask", "dask+tls")
        and not (given or url.path or url.fragment or url.username)
        and (port is None and count >= 1 if here else bool(url.hostname) and port is not None)
        and 0 < wait < 1e7
    )
    if not right:
        raise _no_place(text)
    scheme = "tls" if url.scheme == "dask+tls" else "tcp"
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return Place(text, None if here else f"{scheme}://{host}:{port}", count, wait)


def _no_place(text: str) -> CompileError:
    return fail(
        "IM730",
        f"`--workers` must be {_FORMS}, was `{text}`",
        help="leave it out for processes of this machine",
        exit_code=ExitCode.USAGE,
    )


def no_workers(place: Place) -> CompileError:
    """The error of a cluster whose workers are gone."""
    return fail(
        "IM733",
        f"the cluster at `{place.text}` must have a worker, it had none for"
        f" {place.wait_seconds:g} s",
        help="start workers, `dask worker HOST:PORT`, or wait longer for them: `?wait=600`",
        exit_code=ExitCode.TOOL,
    )


def lost(place: Place) -> CompileError:
    """The error of a scheduler that is gone."""
    return fail(
        "IM732",
        f"the dask scheduler at `{place.text}` no longer answers",
        help="what was computed is in the cache: once it runs again, the same command goes on",
        exit_code=ExitCode.TOOL,
    )


def exposed(place: Place) -> Diagnostic:
    """The warning of a place that `is_exposed`."""
    return Diagnostic(
        "IM736",
        f"what travels to and from `{place.text}` is neither encrypted nor signed",
        notes=("whoever reaches the scheduler can run programs on its workers, and here",),
        help="use `dask+tls://`, or a tunnel to a scheduler that listens on 127.0.0.1",
        severity="warning",
    )
