"""Replicates into a results folder: simulate part by part, store each, write the manifest."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from redline.compiled import rules_hash
from redline.engine import block_size
from redline.outcomes import Tally
from redline.scenario import Scenario
from redline.scenario_file import to_json
from redline.simulation import check_range, gathered, open_engine, tallies, warm_up
from redline.store import (
    FORMAT,
    PART_REPLICATES,
    WEEKLY,
    StoredRun,
    check_destination,
    merge_weekly,
    outcome_table,
    part_hashes,
    part_number,
    read_table,
    replaced,
    results_hash,
    trace_table,
    weekly_table,
    write_manifest,
    write_table,
)
from redline.version import build_commit, versions

Progress = Callable[[int], None]


def run_into(
    folder: Path,
    scenario: Scenario,
    replicates: int,
    seed: int = 1,
    *,
    engine: str = "batch",
    workers: int | None = None,
    traces: bool = False,
    command: Sequence[str] = (),
    force: bool = False,
    progress: Progress | None = None,
    draw: Callable[[StoredRun, Path], None] | None = None,
) -> StoredRun:
    """Simulate replicates of a scenario into a folder, in place of an earlier run of it.

    The results appear complete or not at all; a figure is drawn once they are in place.
    Memory grows by no more than a column at a time: replicates are stored in parts.

    Parameters
    ----------
    draw
        Called with the finished run and its folder, to add figures.
    command
        What to write into the manifest as the command that made the folder.

    Raises
    ------
    InputError
        If the folder holds something else, or for numbers out of range.
    """
    check_range(seed, 0, replicates)
    folder = Path(os.path.realpath(folder))
    check_destination(folder, scenario, force)
    warm_up()
    started = datetime.now(UTC)
    seconds = 0.0
    with replaced(folder, lambda: check_destination(folder, scenario, force)) as fresh:
        for first in range(0, replicates, PART_REPLICATES):
            count = min(PART_REPLICATES, replicates - first)
            began = time.perf_counter()
            blocks = tallies(scenario, count, seed, engine=engine, workers=workers, first=first)
            part = gathered(blocks, progress)
            seconds += time.perf_counter() - began
            _write_part(fresh, part)
        if traces:
            _write_traces(fresh / "traces", scenario, replicates, seed, engine)
        _write_weekly(fresh)
        hashes = part_hashes(fresh)
        write_manifest(
            fresh,
            {
                "format": FORMAT,
                "scenario": to_json(scenario),
                "seed": seed,
                "replicates": replicates,
                "weeks": scenario.weeks,
                "engine": engine,
                "rules_hash": rules_hash(),
                "versions": versions(),
                "build_commit": build_commit(),
                "command": list(command),
                "started": started.isoformat(timespec="seconds"),
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": seconds,
                "parts": hashes,
                "results_hash": results_hash(hashes),
            },
        )
    run = StoredRun(folder)
    if draw:
        draw(run, folder)
    return run


def _write_part(folder: Path, part: Tally) -> None:
    """Write the outcomes and weekly counts of a range of replicates."""
    name = f"part-{part.first // PART_REPLICATES:05d}.parquet"
    write_table(outcome_table(part.measures, part.first), folder / "outcomes" / name)
    write_table(weekly_table(part.counts), folder / "weekly" / name)


def _write_weekly(folder: Path) -> None:
    """Write the weekly counts of all parts, merged in their order."""
    parts = sorted((folder / "weekly").glob("part-*.parquet"), key=part_number)
    write_table(merge_weekly(read_table(path) for path in parts), folder / WEEKLY)


def _write_traces(
    folder: Path, scenario: Scenario, replicates: int, seed: int, engine: str
) -> None:
    """Write the traces of all replicates, a part per block."""
    runner = open_engine(scenario, seed, engine)
    size = block_size(scenario)
    for number, first in enumerate(range(0, replicates, size)):
        trace = runner.run(first, min(size, replicates - first), moves=True)
        write_table(trace_table(trace), folder / f"part-{number:05d}.parquet")
