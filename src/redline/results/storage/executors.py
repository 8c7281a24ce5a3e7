"""Where chunks of work are done, over the `concurrent.futures.Executor` seam.

An executor by name (`open_pool`), and a dispatcher that hands chunks to any executor through
a bounded window, survives the death of workers, and gives a failing chunk one more try.
"""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib.util import find_spec
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from redline.support import InputError, RedlineError, nearest

EXECUTORS = ("threads", "processes", "dask", "mpi")
LIBRARIES = {"dask": "distributed", "mpi": "mpi4py"}
"""What an executor needs beyond the standard library, by its name."""
CONNECT_SECONDS = 10
"""For the scheduler at an address that somebody gave."""
PATIENCE = 120
"""Seconds for what is sure to come, if late on a busy machine: a cluster of our own, its end."""
FEWEST_WORKERS = 4
"""To reckon with in a cluster, which may have none yet."""
LOOK_SECONDS = 5.0
"""How often a cluster that says nothing is looked after."""

C = TypeVar("C")
R = TypeVar("R")


class Pool(NamedTuple):
    """An executor that is open, how many chunks it works on at once, whether it is still there."""

    executor: Executor
    workers: int
    alive: Callable[[], bool] = lambda: True


Opened = AbstractContextManager[Pool]


class Stopped(Exception):  # noqa: N818
    """Raised in a worker that was asked to leave off; nobody sees it."""


class Failure(NamedTuple):
    """The error of a chunk that failed twice."""

    error: BaseException


class Done(NamedTuple, Generic[C, R]):
    """A chunk and what became of it."""

    chunk: C
    result: R | Failure


# Executors


@contextmanager
def _pool(executor: Executor, workers: int, stopped: threading.Event) -> Iterator[Pool]:
    try:
        yield Pool(executor, workers)
    finally:
        stopped.set()
        executor.shutdown(wait=True, cancel_futures=True)


def _threads(workers: int, address: str | None, stopped: threading.Event) -> Opened:
    return _pool(ThreadPoolExecutor(workers, thread_name_prefix="redline"), workers, stopped)


@contextmanager
def _processes(workers: int, address: str | None, stopped: threading.Event) -> Iterator[Pool]:
    # A context of its own: importing Mesa changes the global start method.
    context = multiprocessing.get_context("spawn")
    watched, kept = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_serve, initargs=(watched,)
    )
    try:
        yield Pool(executor, workers)
        executor.shutdown(wait=True, cancel_futures=True)
    finally:
        kept.close()
        executor.shutdown(wait=True, cancel_futures=True)
        watched.close()


def _serve(watched: Connection) -> None:
    """Prepare a worker process: it leaves at once when its parent does, however it ends.

    The other end of the pipe is in the parent alone, so the system closes it even where the
    parent is killed. An interrupt from the terminal is the parent's to answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def leave_with_parent() -> None:
        watched.poll(None)
        os._exit(1)

    threading.Thread(target=leave_with_parent, daemon=True).start()


@contextmanager
def _dask(workers: int, address: str | None, stopped: threading.Event) -> Iterator[Pool]:
    from distributed import Client, LocalCluster

    with ExitStack() as left:
        cluster: Any = None
        if address is None:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                # Workers that are ended at their work are meant to be: no warnings of that.
                silence_logs=logging.ERROR,
            )
            left.callback(_close, cluster, PATIENCE)
        try:
            client = Client(cluster or address, timeout=PATIENCE if cluster else CONNECT_SECONDS)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f"{address or 'a cluster of our own'}: no dask scheduler answers there ({error})"
            ) from None
        left.callback(_close, client, CONNECT_SECONDS)
        cores = sum(client.ncores().values())
        executor = client.get_executor(pure=False)
        yield Pool(executor, max(cores, FEWEST_WORKERS), lambda: client.status == "running")


def _close(one: Any, seconds: float) -> None:
    """Close a client or a cluster; one that cannot be closed in time costs no results."""
    with suppress(TimeoutError):
        one.close(timeout=seconds)


def _mpi(workers: int, address: str | None, stopped: threading.Event) -> Opened:
    from mpi4py.futures import MPIPoolExecutor

    executor = MPIPoolExecutor()
    return _pool(executor, max(executor.num_workers, 1), stopped)


_OPENERS: dict[str, Callable[..., Opened]] = {
    "threads": _threads,
    "processes": _processes,
    "dask": _dask,
    "mpi": _mpi,
}


def usual_executor() -> str:
    """Return where points are simulated unless somebody says: in processes, if these can start.

    Each of them imports the main module anew: a script without a guard would run once more.
    """
    main = sys.modules.get("__main__")
    scripted = getattr(main, "__file__", None) and not getattr(main, "__spec__", None)
    return "threads" if scripted else "processes"


def check_executor(name: str, address: str | None = None) -> None:
    """Check that an executor can be opened, as far as can be seen without opening it.

    Raises
    ------
    InputError
        If there is none of that name, it takes no address, or its library is missing.
    """
    if name not in EXECUTORS:
        raise InputError(f"no executor {name}{nearest(name, EXECUTORS)}")
    if address is not None and name != "dask":
        raise InputError(f"an address applies only to the dask executor, not to {name}")
    if address is not None:
        _check_address(address)
    library = LIBRARIES.get(name)
    if library and not find_spec(library):
        raise InputError(f"the {name} executor needs an extra: pip install 'redline[{name}]'")


def _check_address(address: str) -> None:
    """Check that somebody listens at the address of a scheduler."""
    try:
        parts = urlsplit(address)
        if parts.hostname and parts.port:
            socket.create_connection((parts.hostname, parts.port), CONNECT_SECONDS).close()
            return
        reason = "expected such as tcp://10.0.0.1:8786"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise InputError(f"{address}: no dask scheduler answers there ({reason})")


def open_pool(name: str, workers: int, address: str | None, stopped: threading.Event) -> Opened:
    """Return an executor by name, to be entered.

    Leaving it ends what is under way at once: threads are asked to through `stopped`, which
    their function must watch; processes are ended. `address` is that of a dask scheduler;
    without one, a local cluster of `workers` processes is started.

    Raises
    ------
    InputError
        See `check_executor`; once entered, if no scheduler answers.
    """
    check_executor(name, address)
    return _OPENERS[name](workers, address, stopped)


# Dispatch


class _Work(Generic[C]):
    """Chunks yet to do."""

    def __init__(self, chunks: Iterable[C]) -> None:
        self._fresh = iter(chunks)
        self._ahead = list(islice(self._fresh, 1))
        self.again: deque[C] = deque()
        """Chunks that failed once."""
        self.suspects: deque[C] = deque()
        """Chunks that were under way when a worker died."""

    def __bool__(self) -> bool:
        return bool(self._ahead or self.again or self.suspects)

    def take(self, alone: bool) -> tuple[C, bool] | None:
        """Return the next chunk and whether this is its last try; `alone`, a suspect."""
        if self.suspects:
            return self.suspects.popleft(), True
        if alone or not self:
            return None
        if self.again:
            return self.again.popleft(), True
        chunk = self._ahead.pop()
        self._ahead = list(islice(self._fresh, 1))
        return chunk, False


def dispatch(
    opened: Callable[[], Opened],
    function: Callable[[C], R],
    chunks: Iterable[C],
) -> Generator[Done[C, R], None, None]:
    """Yield every chunk with what the function made of it, in the order in which they end.

    At most two chunks for each worker are under way or waiting, so memory does not grow with
    their number. A chunk that raises is tried once more, and given up after that. Where
    a worker dies and takes the executor with it, another executor is opened, and every chunk
    that was under way is tried again by itself: if a worker dies then, too, it was that
    chunk's doing.
    """
    work = _Work(chunks)
    while work:
        with opened() as pool:
            yield from _worked_off(pool, function, work)


def _worked_off(pool: Pool, function: Callable[[C], R], work: _Work[C]) -> Iterator[Done[C, R]]:
    """Yield chunks as they end, until none is left, or no suspect, or a worker has died."""
    alone = bool(work.suspects)
    if alone:
        _check_starts(pool)
    limit = 1 if alone else 2 * pool.workers
    running: dict[Future[R], tuple[C, bool]] = {}
    try:
        while True:
            while len(running) < limit and (taken := work.take(alone)):
                try:
                    running[pool.executor.submit(function, taken[0])] = taken
                except BrokenExecutor:
                    work.suspects.append(taken[0])
                    raise
            if not running:
                return
            ended = wait(running, LOOK_SECONDS, FIRST_COMPLETED).done
            if not pool.alive():
                raise ConnectionError("the cluster is gone")
            for future in ended:
                chunk, last = running[future]
                error = _error_of(future)
                if isinstance(error, BrokenExecutor) and not alone:
                    raise error
                del running[future]
                if error is None:
                    yield Done(chunk, future.result())
                elif last:
                    yield Done(chunk, Failure(error))
                else:
                    work.again.append(chunk)
    except BrokenExecutor:
        work.suspects.extend(chunk for chunk, _ in running.values())


def _check_starts(pool: Pool) -> None:
    """Check that a worker can do anything at all, before its chunks are blamed for its death.

    It cannot where a script that is imported anew by its workers starts others.
    """
    try:
        pool.executor.submit(os.getpid).result()
    except BrokenExecutor:
        raise RedlineError(
            'worker processes die at once; in a script, start them under if __name__ == "__main__":'
        ) from None


def _error_of(future: Future[Any]) -> BaseException | None:
    """Return what a future that has ended raised; a cluster that loses one cancels it."""
    try:
        return future.exception()
    except CancelledError as error:
        return error
