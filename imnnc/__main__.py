"""The `imnnc` command, which is `python -m imnnc` as well."""

from __future__ import annotations

import atexit
import gc
import signal

# What imports make stays, and is looked through for garbage time and again at the usual 700.
_OBJECTS_BEFORE_COLLECTION = 200_000


def main() -> None:
    """The entry point."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    atexit.register(gc.freeze)  # nor does a process that ends have to be looked through
    # Who interrupts while modules are imported, for a second or more, is not shown which.
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from imnnc import cli

    application = cli.asked_for()
    signal.signal(signal.SIGINT, interrupt)
    cli.main(application)


if __name__ == "__main__":
    main()
