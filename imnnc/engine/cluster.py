"""Workers of a dask cluster: of others' machines, or of this one to try it out.

Jobs travel as pickles inside of pickles, so that a worker looks at who sent them before it unpacks
anything; what a `Parcel` holds is a task of its own under the hash of its content, so each worker
has it once, and another one gets it again when that worker is lost.  Dask does the job of a lost
worker anew elsewhere.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import socket
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from imnnc.diagnostics import Diagnostic, ExitCode, fail
from imnnc.engine import remote
from imnnc.engine.parcel import Parcel
from imnnc.engine.place import Place, exposed, lost, no_workers
from imnnc.engine.remote import (
    Compiler,
    Session,
    Slot,
    do,
    end_session,
    keep,
    other_compiler,
    worn_out,
)

P = ParamSpec("P")
T = TypeVar("T")

_CONNECT_SECONDS = 10.0
_END_SECONDS = 5.0
_KEPT_PARCELS = 8
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1TB",  # parcels
    "distributed.comm.timeouts.connect": f"{_CONNECT_SECONDS:g}s",
}


class ClusterWorkers:
    """The workers of a dask cluster, which stay when the `with` block ends; what they do does not.

    Args:
        place: where it is.
        at_end: a module's function, called where a process of a worker must end at once.
        tell: told, with a warning, where nobody encrypts what travels.

    Raises, on entering the block:
        CompileError: IM731 where dask is not installed, IM732 where no scheduler answers, IM733
            where there are no workers, IM734 where one has another imnnc.
    """

    elsewhere: bool = True

    def __init__(
        self,
        place: Place,
        at_end: Callable[[], None] | None = None,
        tell: Callable[[Diagnostic], None] = lambda _: None,
    ) -> None:
        self._place = place
        self._tell = tell
        self._session = Session(uuid.uuid4().hex, Compiler.here(), at_end)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._client = client = _connected(self._place, stack)
            stack.callback(_end_session, client, self._session.name)
            if self._place.is_exposed:
                self._tell(exposed(self._place))
            self._await_workers()
            self._check_workers()
            self.executor = _ClusterExecutor(client, self._session, self._place)
            stack.callback(self.executor.shutdown)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what is running, and leave."""
        self._stack.close()

    @property
    def jobs(self) -> int:
        """How many may compute at the same time, as the cluster is now."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def _await_workers(self) -> None:
        from distributed import TimeoutError as DaskTimeoutError

        try:
            self._client.wait_for_workers(1, timeout=self._place.wait_seconds)
        except DaskTimeoutError:
            raise no_workers(self._place) from None

    def _check_workers(self) -> None:
        """Refuse a worker that has another imnnc, or none.

        One that comes later refuses jobs; one that does not answer has left, or will.
        """
        wanted = self._session.compiler
        found = self._client.run(Compiler.here, on_error="return")
        for address, compiler in found.items():
            if isinstance(compiler, ImportError | AttributeError):
                error = fail(
                    "IM734",
                    f"a worker must have the imnnc that sends it jobs, {wanted}, it has none",
                    notes=[str(compiler)],
                    help="install it on all machines",
                    exit_code=ExitCode.TOOL,
                )
            elif isinstance(compiler, OSError):
                continue
            elif isinstance(compiler, Exception):
                raise compiler
            elif compiler != wanted:
                error = other_compiler(compiler, wanted)
            else:
                continue
            (diagnostic,) = error.diagnostics
            notes = [*diagnostic.notes, f"it is the worker at `{address}`"]
            raise fail(
                diagnostic.code,
                diagnostic.message,
                notes=notes,
                help=diagnostic.help,
                exit_code=error.exit_code,
            )


class _ClusterExecutor(Executor):
    """Sends jobs to a cluster, and watches over it while it waits for them."""

    def __init__(self, client: Any, session: Session, place: Place) -> None:
        self._client = client
        self._session = session
        self._place = place
        self._parcels: OrderedDict[str, Any] = OrderedDict()  # dask's futures, by their hash
        # By identity, as values need not be hashable; held, lest another one gets the same.
        self._contents: OrderedDict[int, tuple[Parcel[Any], str]] = OrderedDict()
        self._waiting: dict[Future[Any], Any] = {}  # what dask has of each
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Send a job."""
        parcels: dict[str, Any] = {}

        def packed(value: Any) -> Any:
            if not isinstance(value, Parcel):
                return value
            sha256 = self._sent(value)
            parcels[sha256] = self._parcels[sha256]
            return Slot(sha256)

        named = {name: packed(value) for name, value in kwargs.items()}
        job = pickle.dumps((fn, tuple(map(packed, args)), named))
        future: Future[T] = Future()
        key = f"imnnc-{uuid.uuid4().hex}"
        running = self._client.submit(
            do, self._session, job, tuple(parcels), *parcels.values(), key=key, pure=False
        )
        with self._lock:
            self._waiting[future] = running
        future.add_done_callback(self._cancel)
        running.add_done_callback(lambda done: self._finish(future, done))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Give up all that is waited for."""
        self._closed.set()
        with self._lock:
            running = list(self._waiting.values())
            self._waiting.clear()
        if self._client.status == "running":
            with suppress(Exception):  # whatever a scheduler that is gone makes dask raise
                self._client.cancel([*running, *self._parcels.values()], force=True)

    def _sent(self, parcel: Parcel[Any]) -> str:
        """The hash of a parcel, whose content is sent where it was not sent before."""
        _, sha256 = self._contents.get(id(parcel), (parcel, ""))
        if sha256 not in self._parcels:
            content = pickle.dumps(parcel.value)
            sha256 = hashlib.sha256(content).hexdigest()
            self._contents[id(parcel)] = parcel, sha256
            if sha256 not in self._parcels:
                # A task, not scattered data: those are lost with the worker that has them.
                self._parcels[sha256] = self._client.submit(keep, content, key=f"imnnc-{sha256}")
        self._parcels.move_to_end(sha256)
        while len(self._parcels) > _KEPT_PARCELS:
            self._parcels.popitem(last=False)
        while len(self._contents) > _KEPT_PARCELS:
            self._contents.popitem(last=False)
        return sha256

    def _finish(self, future: Future[Any], done: Any) -> None:
        """Hand on what dask has found; in a thread of its own."""
        from distributed.scheduler import KilledWorker

        try:
            if done.status == "cancelled":
                raise lost(self._place)
            result = pickle.loads(done.result(timeout=self._place.wait_seconds))
        except KilledWorker:
            self._settle(future, worn_out())
        except TimeoutError:
            self._settle(future, lost(self._place))
        except Exception as error:
            self._settle(future, error)
        else:
            if self._is_waited_for(future):
                future.set_result(result)

    def _settle(self, future: Future[Any], error: Exception) -> None:
        if self._is_waited_for(future):
            future.set_exception(error)

    def _is_waited_for(self, future: Future[Any]) -> bool:
        """Whether nobody has settled it yet; from now on somebody has."""
        with self._lock:
            waited_for = self._waiting.pop(future, None) is not None
        return waited_for and future.set_running_or_notify_cancel()

    def _cancel(self, future: Future[Any]) -> None:
        if future.cancelled():
            with self._lock:
                running = self._waiting.pop(future, None)
            if running is not None:
                running.cancel()

    def _watch(self) -> None:
        """Wait no longer than the user will for a cluster that has no workers."""
        last = time.monotonic()
        while not self._closed.wait(min(1.0, self._place.wait_seconds / 4)):
            workers: object = None
            with suppress(Exception):  # whatever a scheduler that is gone makes dask raise
                workers = self._client.nthreads()
            now = time.monotonic()
            if workers or not self._waiting:
                last = now
            elif now - last >= self._place.wait_seconds:
                error = lost(self._place) if workers is None else no_workers(self._place)
                for future in list(self._waiting):
                    self._settle(future, error)


def _connected(place: Place, stack: ExitStack) -> Any:
    """A client of the cluster, which leaves it with the stack."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise fail(
            "IM731",
            f"`--workers {place.text}` needs dask, which is not installed",
            notes=[str(error)],
            help="`pip install imnnc[cluster]` brings it",
            exit_code=ExitCode.TOOL,
        ) from None
    stack.enter_context(dask.config.set(_SETTINGS))
    address: Any = place.address
    client: Any
    start: Any = LocalCluster  # whose types dask does not state
    connect: Any = Client
    try:
        if isinstance(address, str):
            _look_for(address, dask.config.get("distributed.comm.tls.ca-file"))
        if address is None:
            # With keys of its own: other users of this machine can reach its ports as well.
            address = start(
                n_workers=place.count,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls",
                security=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
                preload=[remote.__name__],
            )
            stack.callback(address.close, timeout=_END_SECONDS)
        client = connect(
            address, timeout=min(_CONNECT_SECONDS, place.wait_seconds), set_as_default=False
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise fail(
            "IM732",
            f"no dask scheduler answers at `{place.text}`",
            notes=[line for line in str(error).splitlines()[:1] if line],
            help="see that it runs and can be reached from here; for `dask+tls`, that dask's own"
            " configuration names the certificates",
            exit_code=ExitCode.TOOL,
        ) from error
    stack.callback(client.close, timeout=_END_SECONDS)
    return client


def _look_for(address: str, authority: str | None) -> None:
    """Fail with an `OSError` where dask would try in vain, and leave half a client behind."""
    url = urlsplit(address)
    if url.scheme == "tls" and authority is None:
        raise OSError("dask's configuration names no `distributed.comm.tls.ca-file`")
    socket.create_connection((url.hostname, url.port), _CONNECT_SECONDS).close()


def _end_session(client: Any, name: str) -> None:
    """End what runs for a session on its workers, where they can still be told."""
    if client.status != "running":
        return

    def tell() -> None:
        with suppress(Exception):  # whatever workers that are gone make dask raise
            client.run(end_session, name, on_error="ignore")

    # Dask would wait for a worker that does not answer.
    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    telling.join(_END_SECONDS)
