"""The week loop in C (`loop.c`): compiled where there is a compiler, called through ctypes.

``python tests/benchmarks/c_loop.py`` prints what a decision costs there and in the engine.
"""

import ctypes
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np

from redline.case import load_scenario, vary, watched_rungs
from redline.engine.batch import BatchEngine, block_size, encode
from redline.theory import Faction, Measures, Now, WeekCounts, dtype_of, new_records
from redline.theory.parameters import (
    EnvironmentParameters,
    IranParameters,
    LearningParameters,
    MilitiasParameters,
    ProvocationRung,
    ResponseRung,
    Site,
    UnitedStatesParameters,
)

SOURCE = Path(__file__).with_name("loop.c")
OWN = "-DOWN_EXP"
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-Wno-psabi")
WIDE = ("-fschedule-insns",)
if platform.machine() in {"x86_64", "AMD64"}:
    WIDE += ("-mprefer-vector-width=512",)
KINDS = {
    "scalar, libm": ("scalar", FLAGS),
    "scalar": ("scalar", (*FLAGS, OWN)),
    "lanes": ("lanes", (*FLAGS, OWN, *WIDE)),
}
"""A loop: its function in `loop.c`, and how that is compiled."""
EXACT = "-ffp-contract=off"
"""Without which a product and a sum may become one operation, to other bits."""


class Case(NamedTuple):
    """What a scenario fixes for all weeks, and how much there is of it."""

    united_states: UnitedStatesParameters
    iran: IranParameters
    militias: MilitiasParameters
    learning: LearningParameters
    environment: EnvironmentParameters
    provocations: Annotated[list[ProvocationRung], ProvocationRung, 6]
    responses: Annotated[list[ResponseRung], ResponseRung, 6]
    sites: Annotated[list[Site], Site, 5]
    weeks: int
    members: int
    factions: int


PASSED = (Case, Now, Faction, Measures, WeekCounts)
"""The records that both languages know, declared here and in the engine; C reads records.h."""


def compiler():
    """Return a C compiler, or None."""
    return next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)


def declared(dtype):
    """Return the fields of a C struct that has the layout of a record; an axis of one is none."""
    types = {"i1": "int8_t", "i2": "int16_t", "i4": "int32_t", "i8": "int64_t", "f8": "double"}
    fields = []
    for name, (field, *_) in dtype.fields.items():
        base, shape = field.subdtype or (field, ())
        kind = f"struct {{ {declared(base)} }}" if base.names else types[base.str[1:]]
        fields.append(f"{kind} {name}{''.join(f'[{size}]' for size in shape if size > 1)};")
    return " ".join(fields)


@cache
def built(*flags):
    """Return `loop.c` as a library."""
    records = [f"typedef struct {{ {declared(dtype_of(it))} }} {it.__name__};\n" for it in PASSED]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "records.h").write_text("".join(records), "utf-8")
        library = Path(folder, "loop.so")
        command = [compiler(), "-std=gnu11", *flags, f"-I{folder}", "-shared", "-fPIC"]
        subprocess.run([*command, "-o", library, SOURCE, "-lm"], check=True)
        return ctypes.CDLL(str(library))


class Loop:
    """A scenario in one of the loops.

    Raises
    ------
    ValueError
        If the scenario has what the loops do not know.
    """

    def __init__(self, scenario, kind, *flags):
        encoded = encode(scenario)
        if len(encoded.script) or any(watched_rungs(scenario.forbidden, a) for a in range(3)):
            raise ValueError("loop.c knows no forced militias and no bans from a first choice on")
        name, usual = KINDS[kind]
        self._run = built(*usual, *flags)[name]
        groups = (getattr(scenario, name) for name in Case._fields[:5])
        tables = (list(getattr(scenario, name)) for name in Case._fields[5:8])
        sizes = scenario.weeks, len(scenario.members), len(scenario.factions)
        case = np.array([(*groups, *tables, *sizes)], dtype_of(Case))
        # Of `Multipliers` each is one faction's, as all replicates have the same.
        self._given = case, encoded.schedules, encoded.multipliers, encoded.factions
        self._weeks = scenario.weeks

    def tally(self, first, replicates, seed):
        """Return (R,) `Measures`, (W,) `WeekCounts`, and the processor seconds that they took."""
        measures = new_records(Measures, replicates)
        counts = new_records(WeekCounts, self._weeks)
        numbers = ctypes.c_uint64(seed), ctypes.c_int64(first), ctypes.c_int64(replicates)
        arguments = *map(_address, self._given), *numbers, _address(measures), _address(counts)
        began = time.thread_time()
        self._run(*arguments)
        return measures, counts, time.thread_time() - began


def _address(array):
    return ctypes.c_void_p(array.ctypes.data)


def totals(scenario, replicates, seed, kind):
    """Return the sums of all measures over the first replicates, by name."""
    measures, _, _ = Loop(scenario, kind, EXACT).tally(0, replicates, seed)
    return {name: measures[name].sum(0).tolist() for name in measures.dtype.names}


def seconds(scenario, replicates, seed, kind, *flags):
    """Return the processor seconds that the first replicates take."""
    return Loop(scenario, kind, *flags).tally(0, replicates, seed)[2]


def engine_seconds(scenario, replicates, seed):
    """Return the processor seconds that the first replicates take in the engine, measured."""
    engine, size = BatchEngine(scenario, seed), block_size(scenario)
    began = time.thread_time()
    for first in range(0, replicates, size):
        engine.tally(first, size)
    return time.thread_time() - began


def compare(cells, takes=9):
    """Print the nanoseconds of a decision in the engine and in every loop: medians of takes."""
    scenario = load_scenario("standoff_2019_2021")
    scenario = vary(scenario, {"militias.cells": cells}) if cells > 1 else scenario
    size = block_size(scenario)
    replicates = size * -(-1024 // size)  # whole blocks
    ways = {"engine": engine_seconds}
    for kind in KINDS:
        for flags in ((EXACT,), ()):
            name = f"{kind}{'' if flags else ', fused'}"
            ways[name] = lambda *given, k=kind, f=flags: seconds(*given, k, *f)
    taken = {name: [] for name in ways}
    for _ in range(takes):
        for name, way in ways.items():
            taken[name].append(way(scenario, replicates, 1))
    measures, _, _ = Loop(scenario, "scalar", EXACT).tally(0, replicates, 1)
    decisions = measures["weeks_lived"].sum() * (len(scenario.members) + 2)
    print(f"{len(scenario.members)} militias, {replicates} replicates")
    for name, values in taken.items():
        print(f"  {name:<22} {statistics.median(values) / decisions * 1e9:7.2f} ns a decision")


if __name__ == "__main__":
    for cells in (1, 10, 100):
        compare(cells)
