"""Work for executors to do, importable by their workers: they import no more than they need."""

import os
import resource
import signal
import time
from itertools import islice
from pathlib import Path


def undrawn(monkeypatch):
    """Leave an empty file for the figure of a run, which takes longest; others look at it."""
    monkeypatch.setattr(
        "redline.cli.run._draw", lambda run, folder: (folder / "outcomes.png").touch()
    )


def one_figure(monkeypatch):
    """Have reports draw one figure: for tests of what else they do."""
    from redline import report

    every = report._figures
    monkeypatch.setattr(report, "_figures", lambda results: islice(every(results), 1))


def double(number):
    return 2 * number


def fail_on_three(number):
    if number == 3:
        raise ValueError("three")
    return number


class FailOnce:
    """Raise the first time that each number in `numbers` is tried, in this process."""

    def __init__(self, *numbers):
        self.left = set(numbers)

    def __call__(self, number):
        if number in self.left:
            self.left.remove(number)
            raise ValueError("not yet")
        return number


class Die:
    """Kill the own process when given a number: once if a flag file is named, else always."""

    def __init__(self, number, flag=None):
        self.number = number
        self.flag = flag

    def __call__(self, number):
        if number == self.number and not (self.flag and Path(self.flag).exists()):
            if self.flag:
                Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number


class MakePart:
    """Make parts as a sweep does; die, or raise, at one of them, once or always."""

    def __init__(self, part, flag, die=True, always=False):
        self.part = part
        self.flag = Path(flag)
        self.die = die
        self.always = always

    def __call__(self, chunk, stopped=None):
        from redline.parts import make_part

        if chunk.part.number == self.part and (self.always or not self.flag.exists()):
            self.flag.touch()
            if self.die:
                os.kill(os.getpid(), signal.SIGKILL)
            raise MemoryError("no room")
        return make_part(chunk)


def sleep(seconds):
    time.sleep(seconds)
    return os.getpid()


class Starve:
    """Make parts as a sweep does; once, at one of them, with no memory to be had."""

    def __init__(self, part, flag):
        self.part = part
        self.flag = Path(flag)

    def __call__(self, chunk, stopped=None):
        import numpy as np

        from redline.parts import make_part

        if chunk.part.number == self.part and not self.flag.exists():
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            room = pages * resource.getpagesize() + 2**20
            before = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (room, before[1]))
            try:
                np.ones(2**27)  # a gigabyte
            except MemoryError as error:
                self.flag.write_text(str(error))
                raise
            finally:
                resource.setrlimit(resource.RLIMIT_AS, before)
        return make_part(chunk)
