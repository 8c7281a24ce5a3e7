"""The plan of a sweep: everything that its files are a function of, and what tells two apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redline.case import (
    ONE_POINT,
    Points,
    Scenario,
    from_json,
    load_scenario,
    points_of,
    to_json,
    vary,
)
from redline.engine import rules_hash
from redline.results.storage.parts import (
    MOST_PART_REPLICATES,
    Chunk,
    Part,
    part_at,
    part_count,
    part_size,
    plan_parts,
)
from redline.results.storage.store import FORMAT, POINTS, plan_digest, read_manifest, version_of
from redline.results.storage.stored_sweep import StoredSweep
from redline.results.storage.tables import WEEKLY_KEPT
from redline.results.tallies import check_range
from redline.support import InputError, build_commit, shown, versions
from redline.theory import MEASURES_FORMAT

MOST_SWEPT = 1 << 40
"""Replicates of a sweep, over all of its points."""


def described(scenario: Scenario, seed: int, replicates: int) -> dict[str, Any]:
    """Return what the manifest of a run or a sweep says of what is simulated, and by what."""
    return {
        "scenario": to_json(scenario),
        "seed": seed,
        "replicates": replicates,
        "weeks": scenario.weeks,
        "rules_hash": rules_hash(),
        "versions": versions(),
        "build_commit": build_commit(),
    }


@dataclass(frozen=True)
class SweepPlan:
    """Everything that the files of a sweep, or of a run, are a function of.

    Attributes
    ----------
    scenario : what the points change; its own sweep taken away
    table : the ``[sweep]`` table that the points come from
    points : the points
    replicates : at each point
    weekly : a key of `WEEKLY_KEPT`
    size : replicates in a part, at most
    notices : what its user should know
    """

    scenario: Scenario
    table: Mapping[str, Any]
    points: Points
    replicates: int
    seed: int
    weekly: str
    size: int
    notices: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Replicates at all points together."""
        return len(self.points) * self.replicates

    def parts(self) -> Iterator[Part]:
        """Yield the parts, in order."""
        return plan_parts(len(self.points), self.replicates, self.size)

    @property
    def part_count(self) -> int:
        """How many parts there are."""
        return part_count(len(self.points), self.replicates, self.size)

    def part(self, number: int) -> Part:
        """Return the part of a number."""
        return part_at(len(self.points), self.replicates, self.size, number)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The weekly counts that are kept."""
        return WEEKLY_KEPT[self.weekly]

    def chunk(self, part: Part, engine: str) -> Chunk:
        """Return the chunk that makes a part."""
        inside = range(part.first_point, part.first_point + part.points)
        values = tuple(self.points.values(point) for point in inside)
        return Chunk(part, self.scenario, values, self.seed, engine, self.quantities)

    def files(self, part: Part) -> list[str]:
        """Return the names of the files of a part."""
        kinds = ["outcomes", "weekly"] if self.quantities else ["outcomes"]
        return [f"{kind}/{part.name}" for kind in kinds]

    def manifest(self) -> dict[str, Any]:
        """Return what the manifest says of the plan."""
        about = {
            "format": FORMAT,
            "kind": "sweep",
            **described(self.scenario, self.seed, self.replicates),
            "measures": MEASURES_FORMAT,
            "sweep": self.table,
            "addresses": list(self.points.addresses),
            "points": len(self.points),
            "points_sha256": self.points.digest(),
            "weekly": self.weekly,
            "part_replicates": self.size,
        }
        return {**about, "plan_sha256": plan_digest(about)}


def plan_run(scenario: Scenario, replicates: int, seed: int) -> SweepPlan:
    """Return the plan of a run: of one point, which changes nothing, with all weekly counts."""
    return SweepPlan(scenario, {}, ONE_POINT, replicates, seed, "all", MOST_PART_REPLICATES)


def run_manifest(plan: SweepPlan, traces: bool) -> dict[str, Any]:
    """Return what the manifest of a run says of its plan, and of whether it keeps traces."""
    return {
        "format": FORMAT,
        "kind": "run",
        **described(plan.scenario, plan.seed, plan.replicates),
        "measures": MEASURES_FORMAT,
        "traces": traces,
    }


def plan_sweep(
    scenario: str | Path | Scenario,
    replicates: int = 200,
    seed: int = 1,
    *,
    weekly: str = "ladders",
    points: Points | None = None,
) -> SweepPlan:
    """Return the plan of the sweep that a scenario declares.

    Parameters
    ----------
    replicates
        At each point; the same ones everywhere, so that points share their chance.
    weekly
        The weekly counts to keep for every point: ``ladders`` (rungs at risk, directives,
        talks), ``all`` (histograms of leverage, severity, pressure and control too), or
        ``none``.
    points
        Points to use in place of the declared ones: one or more, with valid values.

    Raises
    ------
    InputError
        If there is no sweep, a point is not a valid scenario, or for numbers out of range.
    """
    scenario = load_scenario(scenario)
    seed, _, replicates = check_range(seed, 0, replicates)
    if weekly not in WEEKLY_KEPT:
        raise InputError(f"weekly must be one of {', '.join(WEEKLY_KEPT)}, not {weekly}")
    if points is None:
        if scenario.sweep is None:
            raise InputError(
                f"{scenario.name}: declares no sweep: add a [sweep] table to the file, or say "
                "what to sweep with over={ADDRESS: VALUES}"
            )
        points = points_of(scenario.sweep, seed)
    if len(points) < 1 or any(len(column) != len(points) for column in points.columns.values()):
        raise InputError("a sweep needs one point or more, each with a value of every address")
    if len(points) * replicates > MOST_SWEPT:
        raise InputError(f"{len(points):,} points × {replicates:,} replicates are too many")
    table: dict[str, Any] = {"design": "list"}
    if scenario.sweep and scenario.sweep.design != "list":
        table = {**scenario.document["sweep"], "design": scenario.sweep.design}
    base = vary(scenario, sweep={})
    corners = list(_corners(base, points))
    actors = 2 + max(len(corner.members) for corner in corners)
    size = part_size(base.weeks, actors, len(points), replicates)
    notices = dict.fromkeys(notice for corner in corners[1:] for notice in corner.notices)
    new = tuple(notice for notice in notices if notice not in base.notices)
    return SweepPlan(base, table, points, replicates, seed, weekly, size, new)


def _corners(scenario: Scenario, points: Points) -> Iterator[Scenario]:
    """Yield the scenario with each swept value at its least, and at its greatest.

    Values are checked one by one when a sweep is read; what they make of the whole (how many
    militias) is checked here, before anything is simulated.
    """
    yield scenario
    for address, column in points.columns.items():
        for extreme in (column.min(), column.max()):
            yield vary(scenario, {address: extreme.item()})


def sweep_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of the folder of a sweep.

    Raises
    ------
    InputError
        If it is that of a run.
    """
    manifest = read_manifest(folder)
    if manifest["kind"] != "sweep":
        raise InputError(f"{folder}: holds a run, not a sweep")
    return manifest


def stored_plan(folder: Path) -> SweepPlan:
    """Return the plan that the manifest of a sweep's folder holds.

    Raises
    ------
    InputError
        If the folder is not one of a sweep, or its points cannot be had again.
    """
    manifest = sweep_manifest(folder)
    scenario = from_json(manifest["scenario"])
    try:
        points = StoredSweep(folder).points
    except InputError:
        table = manifest["sweep"]
        if table["design"] == "list":
            raise InputError(
                f"{folder / POINTS}: missing or damaged, and its points were listed one by one: "
                "give the scenario again"
            ) from None
        declared = vary(scenario, sweep=table).sweep
        assert declared is not None
        points = points_of(declared, manifest["seed"])
    rest = (manifest[key] for key in ("replicates", "seed", "weekly", "part_replicates"))
    return SweepPlan(scenario, manifest["sweep"], points, *rest)


def differences(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return what tells stored results from the wanted ones, but for when they were made.

    Both are manifests, of two sweeps or of two runs.
    """
    found = []
    there, here = _leaves(stored["scenario"]), _leaves(wanted["scenario"])
    for key in sorted({*there, *here}):
        if there.get(key) != here.get(key):
            found.append(f"{key} is {shown(there.get(key))} there, {shown(here.get(key))} here")
    for key in ("seed", "replicates", "weekly", "points", "traces"):
        if stored.get(key) != wanted.get(key):
            found.append(f"{key}: {stored.get(key)} there, {wanted.get(key)} here")
    values = stored.get("points_sha256") != wanted.get("points_sha256")
    if values and stored["points"] == wanted["points"]:
        found.append("the values at its points differ")
    if stored["rules_hash"] != wanted["rules_hash"]:
        found.append(
            f"the rules have changed since it began ({stored['rules_hash'][:12]} there, "
            f"{wanted['rules_hash'][:12]} here); {version_of(stored)} can continue it"
        )
    if stored["measures"] != wanted["measures"]:
        found.append(
            "what is measured, or how it is stored, has changed since it began; "
            f"{version_of(stored)} can continue it"
        )
    return found


def _leaves(value: Any, key: str = "") -> dict[str, Any]:
    """Return every single value of nested tables and lists, by the path to it."""
    if isinstance(value, dict):
        pairs = [(f"{key}.{name}" if key else name, item) for name, item in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{key}[{place}]", item) for place, item in enumerate(value, 1)]
    else:
        return {key: value}
    return {path: leaf for name, item in pairs for path, leaf in _leaves(item, name).items()}
