"""Compiled copies: loops that are written out beforehand, and code that takes several lanes."""

import importlib.util
import platform
import re
from collections import Counter
from itertools import count
from types import FunctionType

import numpy as np
import pytest

from redline.case import load_scenario
from redline.engine import BatchEngine, batch
from redline.engine.native import compiled
from redline.engine.native.copies import compile_functions
from redline.engine.native.emitting import emitted, wide
from redline.engine.native.fingerprint import does_the_same
from redline.engine.native.unrolled import WHOLE, loops, unrolled
from redline.support import InputError
from redline.theory import (
    LANES,
    RESTRICTED,
    Choices,
    Events,
    State,
    advance,
    choosing,
    new_records,
    provoking,
    seed_key,
    week,
)
from redline.theory.choosing import Group

# Several lanes at once


def features():
    """Return what this processor has, or nothing where packed doubles are called otherwise."""
    import llvmlite.binding as llvm

    if platform.machine() not in {"x86_64", "AMD64"}:
        return set()
    return {name for name, is_there in llvm.get_host_cpu_features().items() if is_there}


needs_vectors = pytest.mark.skipif(
    "avx2" not in features(), reason="looks for instructions of x86-64 with AVX2"
)
PACKED = re.compile(
    r"^\s+v((?:add|sub|mul|max|min|blendv|cmp\w*)pd|pmuludq|pcmp\w*q)\s.*%[yz]mm", re.MULTILINE
)
"""An operation on four or eight doubles, on as many words in a draw, or numbers of rungs."""
FUSED = re.compile(r"^\s+vf\w+[sp]d\s", re.MULTILINE)
"""A product and a sum in one operation, which rounds once: to other bits."""


@pytest.fixture(scope="module")
def given():
    """Arguments of the loops over lanes, by name."""
    engine = BatchEngine(load_scenario("baseline"), 1)
    encoded = engine.encoded
    group = Group(*(new_records(kind, 1)[0] for kind in (State, Events, Choices)))
    return {
        "key": engine.key,
        "plans": encoded.plans[0],
        "now": encoded.schedules[0, 0],
        "multipliers": encoded.multipliers[0],
        "factions": encoded.factions,
        "script": encoded.script,
        "group": group,
        "choices": group.choices,
        "capability": np.zeros((len(engine.scenario.factions), LANES)),
        **dict.fromkeys(("week", "live", "militia", "count", "attacks"), 0),
    }


@pytest.fixture(scope="module")
def copies():
    return compile_functions(RESTRICTED)


LOOPS = {
    week.draw_week: 16,
    week.hold_talks: 2,
    week.weigh_directives: 40,
    provoking.draw_two: 16,
    provoking.weigh_provocations: 35,
    choosing.raise_weights: 90,
    choosing.pick_rungs: 6,
    choosing.look_up_worth: 4,
    provoking.draw_attacks: 8,
    provoking.choose_sites: 5,
    week.sum_up: 4,
    week.weigh_responses: 40,
    week.learn: 18,
    week.rearm: 4,
}
"""The loops that take most of a week, and half of the packed operations that each has."""


def packed_in(text):
    return Counter(PACKED.findall(text))


@needs_vectors
@pytest.mark.parametrize("loop", [*LOOPS, week.settle], ids=lambda loop: loop.__name__)
def test_a_loop_over_lanes_takes_several_at_once(loop, given, copies):
    if loop is week.settle and "avx512f" not in features():
        pytest.skip("looks up factions and crosses them: only with AVX-512")
    names = loop.__code__.co_varnames[: loop.__code__.co_argcount]
    numba = compiled.load_numba()
    with wide(numba.core.registry.cpu_target.target_context):
        copies[loop].compile(tuple(numba.typeof(given[name]) for name in names))
    (text,) = copies[loop].inspect_asm().values()
    found = packed_in(text)
    assert found.total() >= LOOPS.get(loop, 8), found
    if "draw" in loop.__name__:
        assert found["pmuludq"] >= 8
    assert not FUSED.search(text)


@needs_vectors
@pytest.mark.second_tier("compiles the engine; its loops, each compiled alone, stand for it")
def test_the_code_that_is_kept_takes_several_lanes_at_once(monkeypatch):
    given = []
    entries = {advance: lambda *arguments: given.append(arguments)}
    monkeypatch.setattr(batch, "compiled_entries", lambda: entries)
    batch.Block(batch.encode(load_scenario("baseline")), seed_key(1), 1).advance(0, 1)
    numba = compiled.load_numba()
    copy = compile_functions(RESTRICTED, parts=True)[advance]
    types = tuple(map(numba.typeof, given[0]))
    with wide(numba.core.registry.cpu_target.target_context) as target:
        copy.compile(types)
        _, module = emitted(copy.overloads[types], target)
        text = target.emit_assembly(module)
    assert packed_in(text).total() > sum(LOOPS.values())
    assert not FUSED.search(text)


# Loops that are written out


@pytest.fixture
def written(tmp_path):
    """Return a function that makes one of its text, as if imported from a file."""
    numbers = count()

    def make(text):
        path = tmp_path / f"written_{next(numbers)}.py"
        path.write_text(text, "utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.function, path

    return make


def out_of(function):
    """Return a function as it is compiled, but uncompiled."""
    code = unrolled(function, does_the_same)
    return FunctionType(code, {**function.__globals__, WHOLE: np.int64})


SHORT = (
    "def function(a):\n    s = 0\n    for k in range(3):\n        s = 10 * s + a[k]\n    return s\n"
)


def test_a_short_loop_is_written_out(written):
    function, _ = written(SHORT)
    assert loops(function.__code__)
    assert not loops(unrolled(function, does_the_same))
    assert out_of(function)([1, 2, 3]) == function([1, 2, 3]) == 123


def test_the_target_of_a_loop_within_a_loop_is_a_number_in_both(written):
    function, _ = written(
        "def function(a):\n"
        "    s = 0\n"
        "    for k in range(1, 5, 2):\n"
        "        for m in range(2):\n"
        "            s = 10 * s + a[k][m] + (k if k == m else 0)\n"
        "    return s\n"
    )
    assert not loops(unrolled(function, does_the_same))
    table = [[0, 0], [1, 2], [0, 0], [3, 4]]
    assert out_of(function)(table) == function(table) == 1334


STAY = {
    "of lanes": "    for k in range(len(a)):\n        s += a[k]\n",
    "over more than the rungs": "    for k in range(7):\n        s += k * a[0]\n",
    "over what is no range": "    for k in a:\n        s += k\n",
    "with a loop over lanes in it": (
        "    for k in range(2):\n        for n in range(len(a)):\n            s += k * a[n]\n"
    ),
    "that returns": "    for k in range(3):\n        if a[k] == 2:\n            return k\n",
    "that goes on": (
        "    for k in range(3):\n        if a[k] == 2:\n            continue\n        s += a[k]\n"
    ),
    "that breaks off": (
        "    for k in range(3):\n        if a[k] == 2:\n            break\n        s += a[k]\n"
    ),
    "on a condition": "    while s < 5:\n        s += a[0]\n",
}


@pytest.mark.parametrize("what", STAY)
def test_a_loop_stays_a_loop(written, what):
    function, _ = written(f"def function(a):\n    s = 0\n{STAY[what]}    return s\n")
    assert loops(unrolled(function, does_the_same))
    assert out_of(function)([1, 2, 4]) == function([1, 2, 4])


def test_a_list_over_a_range_is_a_tuple(written):
    function, _ = written(
        "def function(a):\n"
        "    few = [2 * a[k] for k in range(2)]\n"
        "    rungs = [a[k] + len(few) for k in range(len(a))]\n"
        "    return few, rungs, [one for one in a], [k for k in range(2) if k]\n"
    )
    rungs = [1, 2, 3, 4, 5, 6]
    plain = function(rungs)
    few, each, *others = out_of(function)(rungs)
    assert (few, each) == (tuple(plain[0]), tuple(plain[1]))
    assert others == list(plain[2:])


def test_whole_numbers_in_calls_have_one_type(written):
    function, _ = written(
        "def given(*arguments):\n"
        "    return arguments\n"
        "def function(a):\n"
        "    found = given(1, 2.0, True, a, -3)\n"
        "    for k in range(2):\n"
        "        found = found + given(k)\n"
        "    return found\n"
    )
    kinds = [type(one) for one in out_of(function)("a")]
    assert kinds == [np.int64, float, bool, str, int, np.int64, np.int64]
    assert out_of(function)("a") == function("a")


REFUSED = r"written_\d+\.function is no longer what its file says: start Python anew to compile it"


@pytest.mark.parametrize(
    "edited",
    [
        SHORT.replace("10 * s", "11 * s"),
        SHORT.replace("range(3)", "range(2)"),
        "# One line more\n" + SHORT,
        "",
    ],
    ids=["another number", "another range", "moved", "emptied"],
)
def test_a_function_whose_file_was_edited_is_refused(written, edited):
    function, path = written(SHORT)
    assert unrolled(function, does_the_same)
    path.write_text(edited, "utf-8")
    with pytest.raises(InputError, match=REFUSED):
        unrolled(function, does_the_same)
    path.write_text(SHORT + "# A word at its end\n", "utf-8")
    assert out_of(function)([1, 2, 3]) == 123


def test_a_function_that_was_changed_in_memory_is_refused(written):
    function, _ = written(SHORT)
    other, _ = written(SHORT.replace("10 * s", "11 * s"))
    function.__code__ = other.__code__.replace(co_filename=function.__code__.co_filename)
    with pytest.raises(InputError, match=REFUSED):
        unrolled(function, does_the_same)


def test_a_function_without_a_file_is_refused():
    here = {"__name__": "written_0"}
    exec(SHORT, here)
    with pytest.raises(InputError, match=REFUSED):
        unrolled(here["function"], does_the_same)
