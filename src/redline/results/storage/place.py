"""What a folder holds already, and what becomes of it: kept, gone on with, replaced or refused.

A run or a sweep that is the same is gone on with, or made again. One of the same scenario that
differs is told apart in words; it is replaced by `force`, and kept beside the folder by
`beside`. Anything else is never touched.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from redline.case import Points, Scenario
from redline.results.storage.exchange import beside as kept_beside
from redline.results.storage.exchange import check_destination
from redline.results.storage.plan import (
    SweepPlan,
    differences,
    plan_run,
    plan_sweep,
    run_manifest,
    stored_plan,
    sweep_manifest,
)
from redline.results.storage.resumable import ResumableFolder, is_fresh, read_journal
from redline.results.storage.store import MANIFEST, OtherResultsError, check_holds, read_manifest
from redline.support import InputError, at_home

MOST_TOLD = 12
"""Differences that a message names."""


def near(path: Path) -> str:
    """Return a path as seen from the working folder, where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


# Of a run


class RunPlace:
    """The folder of a run, and what becomes of the earlier run in it.

    Attributes
    ----------
    wanted : what the manifest will say of the new run
    held : the earlier run's manifest, if there is one that differs
    differs : what tells the two apart
    """

    def __init__(self, folder: Path, wanted: dict[str, Any], force: bool, beside: bool) -> None:
        self.folder = folder
        self.wanted = wanted
        self.force = force
        self.beside = beside and not force
        self.held: dict[str, Any] | None = None
        self.differs: list[str] = []

    def check(self) -> bool:
        """Return whether an earlier run that differs is to be kept beside.

        Raises
        ------
        InputError
            If what the folder holds is not to be touched.
        """
        held = check_destination(self.folder, self.wanted["scenario"]["name"])
        if held:  # those of 0.1.0 do not say whether traces were stored
            held = {"traces": any(name.startswith("traces/") for name in held["parts"]), **held}
        self.differs = differences(held, self.wanted) if held else []
        self.held = held if self.differs else None
        if self.held and not (self.force or self.beside):
            raise OtherResultsError(self._refusal(self.held["scenario"].get("name")))
        return bool(self.held) and self.beside

    def _refusal(self, name: str) -> list[str]:
        """Return a message that the folder holds another run, what differs, and what to do."""
        found = self.differs
        more = [f"  … and {len(found) - MOST_TOLD:,} more"] if len(found) > MOST_TOLD else []
        return [
            f"{near(self.folder)}: holds another run of {name}, which is not replaced:",
            *(f"  {line}" for line in found[:MOST_TOLD]),
            *more,
            "name another folder, or replace it with force=True",
        ]

    def told(self, kept: Sequence[Path]) -> Iterator[str]:
        """Yield what became of the earlier run."""
        if self.held is None:
            yield from (f"what is not of the run is kept in {near(place)}" for place in kept)
            return
        earlier = f"{self.held['replicates']:,} replicates, seed {self.held['seed']}"
        if not self.beside:
            yield f"replaced a run of {earlier}, in {near(self.folder)}"
        more = f", and {len(self.differs) - 1:,} more" if len(self.differs) > 1 else ""
        why = f"it differs: {self.differs[0]}{more}"
        yield from (
            f"the earlier run ({earlier}) is kept in {near(place)}; {why}" for place in kept
        )


def check_run_place(
    folder: Path,
    scenario: Scenario,
    seed: int,
    *,
    traces: bool = False,
    force: bool = False,
    beside: bool = False,
) -> None:
    """Check that a run may be put into a folder before it is known of how many replicates.

    Raises
    ------
    InputError
        As `run_into` does, but for a run there that differs in its replicates alone.
    """
    folder = Path(os.path.realpath(at_home(folder)))
    held = check_destination(folder, scenario.name)
    plan = plan_run(scenario, held["replicates"] if held else 1, seed)
    RunPlace(folder, run_manifest(plan, traces), force, beside).check()


# Of a sweep


def settle_plan(
    folder: Path,
    scenario: str | Path | Scenario | None,
    replicates: int | None = None,
    seed: int | None = None,
    *,
    weekly: str | None = None,
    points: Points | None = None,
    resume: bool = False,
    force: bool = False,
    beside: bool = False,
) -> tuple[SweepPlan, bool]:
    """Return the plan of a sweep into a folder, and whether it goes on with what is there.

    It does where it is asked to, and where what is there is the same sweep.

    Raises
    ------
    InputError
        See `sweep`; nothing has been written then.
    """
    asked: dict[str, Any] = {"replicates": replicates, "seed": seed, "weekly": weekly}
    asked = {key: value for key, value in asked.items() if value is not None}
    if resume and (folder / MANIFEST).is_file():
        return _resumed_plan(folder, scenario, asked, points), True
    if scenario is None:
        raise InputError(f"{folder}: holds no sweep to continue: say which scenario to sweep")
    plan = plan_sweep(scenario, points=points, **asked)
    differs = [] if force else _held_apart(folder, plan)
    if differs is None:
        return replace(plan, size=sweep_manifest(folder)["part_replicates"]), True
    if differs and beside:
        check_holds(folder, "sweep", plan.scenario.name)
    else:
        check_sweep_place(folder, plan.scenario, force, differs)
    return plan, False


def _resumed_plan(
    folder: Path,
    scenario: str | Path | Scenario | None,
    asked: dict[str, Any],
    points: Points | None,
) -> SweepPlan:
    """Return the plan of the sweep that a folder holds; what is asked for must be the same."""
    held = sweep_manifest(folder)
    if scenario is None:
        plan = stored_plan(folder)
        if points is not None:
            asked |= {"points": len(points), "points_sha256": points.digest()}
    else:
        kept = {key: held[key] for key in ("replicates", "seed", "weekly")}
        plan = plan_sweep(scenario, points=points, **{**kept, **asked})
        plan = replace(plan, size=held["part_replicates"])
    check_same(folder, {**plan.manifest(), **asked})
    return plan


def _held_apart(folder: Path, plan: SweepPlan) -> list[str] | None:
    """Return what tells the sweep that a folder holds from a plan; None where it is the same."""
    if not (folder / MANIFEST).is_file() or read_manifest(folder)["kind"] != "sweep":
        return []
    return [f"  {line}" for line in differences(sweep_manifest(folder), plan.manifest())] or None


def check_same(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Check that a folder's sweep is the wanted one; say what differs."""
    found = differences(read_manifest(folder), wanted)
    if found:
        head = f"{folder}: holds another sweep, which cannot be continued as this one"
        raise InputError([f"{head}:", *(f"  {line}" for line in found)])


def check_sweep_place(
    folder: Path, scenario: Scenario, force: bool = False, differs: Sequence[str] = ()
) -> None:
    """Check that a new sweep may be started in a folder.

    It may where nothing is, in a folder that holds nothing but what a sweep left that was
    killed before its manifest, and, by `force`, in place of an earlier sweep of the same
    scenario. `differs` is what tells the sweep that is there from the new one; nothing, where no
    sweep was there when that was asked.

    Raises
    ------
    InputError
        If it may not; what to do instead is said.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise InputError(f"{folder}: exists and is not a folder")
    if is_fresh(folder):
        return
    check_holds(folder, "sweep", scenario.name)
    if force:
        return
    if not differs:  # who looked what is there found nothing
        raise InputError(f"{folder}: another process has just started a sweep in this folder")
    finished = read_manifest(folder)["results_hash"]
    head = (
        f"{folder}: holds {'a finished' if finished else 'an unfinished'} sweep of "
        f"{scenario.name}: name another folder, or start over with force=True. They differ:"
    )
    raise InputError([head, *differs])


MOVED = "the earlier sweep"
"""How the sentence begins that a sweep was moved beside."""


def moved_beside(folder: Path) -> str:
    """Move a sweep that nobody is at work in beside its folder; return where to, in words."""
    with ResumableFolder(folder).locked():
        place = kept_beside(folder)
    held = read_manifest(place)
    size = f"{held['points']:,} points × {held['replicates']:,} replicates, seed {held['seed']}"
    return f"{MOVED} ({size}) is kept in {near(place)}"


def stored_parts(folder: Path) -> list[str]:
    """Return the names of the parts that the folder of a sweep says are stored."""
    known = {**read_manifest(folder)["parts"], **read_journal(folder)}
    return [name for name in known if name.startswith("outcomes/")]
