"""Work for executors to do, and processes that begin together.

Workers import this: it imports no more than they need.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

AT_ONCE = """
import json, os, sys
from redline.cli import main, tables
from redline.cli.commands import run
from redline.results import simulate
from redline.results.storage import exchange, executors, running  # before the forks

run._draw = lambda *_: None
simulate("baseline", 2, workers=1).summary()  # loads compiled code
begun = []
for command in json.loads(sys.argv[1]):
    begun.append(os.fork())
    if not begun[-1]:
        main(command)
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in begun]))
"""


def at_once(folder, *commands):
    """Run commands as processes that begin together; return their statuses, and all errors."""
    began = subprocess.Popen(
        [sys.executable, "-c", AT_ONCE, json.dumps(commands)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        out, err = began.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(began.pid, signal.SIGKILL)
        raise
    assert began.returncode == 0, err
    return json.loads(out.splitlines()[-1]), err


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
        from redline.results.storage.parts import make_part

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

        from redline.results.storage.parts import make_part

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
