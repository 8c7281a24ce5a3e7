"""Executors and the dispatcher: order, bounds, retries, and workers that die."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest

import work
from redline.results.storage import executors
from redline.results.storage.executors import EXECUTORS, Failure, Pool, dispatch, open_pool
from redline.support.errors import InputError


def opened(name="threads", workers=2, address=None):
    return partial(open_pool, name, workers, address, Event())


def results(name, function, chunks, **options):
    return dict(dispatch(opened(name, **options), function, chunks))


@pytest.mark.parametrize("name", ["threads", "processes", "dask"])
def test_every_chunk_is_done_once(name):
    done = list(dispatch(opened(name), work.double, range(30)))
    assert sorted(done) == [(n, 2 * n) for n in range(30)]


def test_a_cluster_is_closed_in_silence():
    # Twice: with an error while chunks are at work that no worker leaves in time, and without.
    code = """
import sys, threading, work
from contextlib import closing, suppress
from functools import partial
from redline.results.storage.executors import dispatch, open_pool
if __name__ == "__main__":
    opened = partial(open_pool, "dask", 1, None, threading.Event())
    with suppress(RuntimeError), closing(dispatch(opened, work.sleep, [0, 600, 600])) as done:
        next(done)
        raise RuntimeError("the caller's own")
    assert len(list(dispatch(opened, work.double, range(4)))) == 4
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        cwd=Path(work.__file__).parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # In this mode asyncio also tells which of its tasks were slow, as they are on a busy machine.
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    assert lines == []


def test_a_cluster_that_does_not_close_in_time_costs_no_results():
    asked = []

    class Slow:
        def close(self, timeout):
            asked.append(timeout)
            raise TimeoutError

    executors._close(Slow(), 7)
    assert asked == [7]


def test_no_chunks_open_no_executor():
    assert list(dispatch(lambda: pytest.fail("opened"), work.double, [])) == []


def test_chunks_are_taken_as_they_are_needed():
    taken = []

    def chunks():
        for number in range(100):
            taken.append(number)
            yield number

    for ended, _ in enumerate(dispatch(opened(workers=2), work.double, chunks())):
        # Two at work, two waiting, one looked at to know that it is there.
        assert len(taken) <= ended + 5
        assert ended or len(taken) == 5
    assert len(taken) == 100


def test_a_chunk_that_fails_is_tried_again():
    done = results("threads", work.FailOnce(3, 5), range(8))
    assert done == {n: n for n in range(8)}


def test_a_chunk_that_fails_twice_is_given_up_and_the_rest_goes_on():
    done = results("threads", work.fail_on_three, range(8))
    assert isinstance(done[3], Failure)
    assert str(done[3].error) == "three"
    assert [done[n] for n in range(8) if n != 3] == [0, 1, 2, 4, 5, 6, 7]


def test_a_dead_worker_costs_its_chunk_a_retry(tmp_path):
    done = results("processes", work.Die(5, tmp_path / "flag"), range(12))
    assert done == {n: n for n in range(12)}
    assert (tmp_path / "flag").exists()


def test_a_chunk_that_kills_its_workers_is_found_and_given_up():
    done = results("processes", work.Die(5), range(12))
    assert [n for n, result in done.items() if isinstance(result, Failure)] == [5]
    assert len(done) == 12


def test_a_submission_to_a_broken_executor_is_not_lost():
    class Broken(ThreadPoolExecutor):
        def submit(self, function, /, *arguments):
            from concurrent.futures import BrokenExecutor

            raise BrokenExecutor

    pools = iter([Broken(1), ThreadPoolExecutor(1), ThreadPoolExecutor(1)])

    @contextmanager
    def open_next():
        yield Pool(next(pools), 1)

    assert dict(dispatch(open_next, work.double, [1, 2])) == {1: 2, 2: 4}


def test_leaving_early_ends_processes_at_their_work():
    began = time.monotonic()
    with closing(dispatch(opened("processes"), work.sleep, [0, 600, 600, 600])) as done:
        next(done)
    assert time.monotonic() - began < 300  # half of what they would have slept


DISPATCHES = """
from functools import partial
from threading import Event
from redline.results.storage.executors import dispatch, open_pool
list(dispatch(partial(open_pool, "processes", 1, None, Event()), abs, [1]))
"""
SWEEPS = """
import redline
redline.sweep("fear_of_war", replicates=2, executor="processes", workers=1, to="there")
"""


@pytest.mark.parametrize(
    "script",
    [
        DISPATCHES,
        pytest.param(
            SWEEPS, marks=pytest.mark.second_tier("what it dispatches with stands for a sweep")
        ),
    ],
    ids=["dispatches", "sweeps"],
)
def test_a_script_without_a_guard_is_told_so(tmp_path, script):
    (tmp_path / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "RedlineError: worker processes die at once" in done.stderr


def test_a_cluster_that_goes_away_ends_the_dispatch(monkeypatch):
    monkeypatch.setattr(executors, "LOOK_SECONDS", 0.05)
    gone = Event()

    @contextmanager
    def opened_and_lost():
        pool = ThreadPoolExecutor(1)
        yield Pool(pool, 1, lambda: not gone.is_set())
        pool.shutdown(wait=False)

    stuck = Event()
    with closing(dispatch(opened_and_lost, lambda n: stuck.wait(300), [1, 2])) as done:
        gone.set()
        with pytest.raises(ConnectionError, match="the cluster is gone"):
            next(done)
    stuck.set()


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys\n"
        f"sys.path.insert(0, {str(work.__file__).removesuffix('/work.py')!r})\n"
        "import work\n"
        "from functools import partial\n"
        "from threading import Event\n"
        "from redline.results.storage.executors import open_pool\n"
        "if __name__ == '__main__':\n"
        "    with open_pool('processes', 1, None, Event()) as pool:\n"
        "        print(pool.executor.submit(work.sleep, 0).result(), flush=True)\n"
        "        pool.executor.submit(work.sleep, 600)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, check=False
    )
    worker = int(done.stdout)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and alive(worker):
        time.sleep(0.05)
    assert not alive(worker)


def alive(pid):
    """Return whether a process is there and not a zombie that nobody has collected."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_names_and_addresses_are_checked():
    with pytest.raises(InputError, match="nearest valid name: threads"):
        open_pool("thread", 1, None, Event())
    with pytest.raises(
        InputError, match="an address applies only to the dask executor, not to mpi"
    ):
        open_pool("mpi", 1, "tcp://127.0.0.1:1", Event())
    with pytest.raises(InputError, match="no dask scheduler answers there"):
        executors.check_executor("dask", "nonsense://x")
    with pytest.raises(InputError, match="no dask scheduler answers there"):
        executors.check_executor("dask", "tcp://127.0.0.1:1")


@pytest.mark.parametrize("name", ["dask", "mpi"])
def test_a_missing_extra_is_named(name, monkeypatch):
    monkeypatch.setattr(executors, "find_spec", lambda library: None)
    with pytest.raises(InputError, match=rf"pip install 'redline\[{name}\]'"):
        executors.check_executor(name)


def test_every_executor_is_offered_by_the_command_line():
    from redline.cli.commands.sweep import sweep

    option = next(parameter for parameter in sweep.params if parameter.name == "executor")
    assert tuple(option.type.choices) == EXECUTORS
