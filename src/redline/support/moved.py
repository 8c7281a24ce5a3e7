"""What was otherwise in 0.1.0 keeps working for one release, with a warning.

The names that modules had; public names; and the order of arguments, which began with a folder.
"""

import sys
import warnings
from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MOVED = {
    "acled": "evidence.recorded.acled",
    "addresses": "case.addresses",
    "agents": "engine.agents engine.guards",
    "bank": "evidence.reference_table",
    "calibration": "evidence.calibration evidence.approximation",
    "canvas": "support.canvas",
    "chance": "theory.chance",
    "claims": "argument.ledger argument.effects argument.turning_points",
    "coding": "evidence.recorded.coding",
    "comparison": (
        "argument.comparison.compared argument.comparison.beside argument.comparison.differences "
        "argument.comparison.parting argument.comparison.sides"
    ),
    "compiled": "engine.native.compiled engine.provenance",
    "conditions": "results.pooling.conditions",
    "design": "case.design case.sweep_table case.csv_points",
    "discovery": "exploration.discovery exploration.leaves",
    "errors": "support.errors",
    "estimate": "results.storage.estimate",
    "events": "evidence.recorded.events evidence.recorded.event_table evidence.recorded.cells",
    "exchange": "results.storage.exchange",
    "executors": "results.storage.executors",
    "experiment": "results.storage.running results.storage.place results.storage.parts",
    "experiment_file": "argument.experiment_file",
    "explanation": "argument.explanation argument.stories",
    "facts": "evidence.facts.fact evidence.facts.weeks",
    "files": "support.files",
    "forecast": "evidence.forecasting evidence.baselines",
    "game": "evidence.textbook_game",
    "games": "argument.playing",
    "grouping": "results.pooling.grouping results.pooling.groups results.measures",
    "histories": "results.histories",
    "intervals": "results.intervals",
    "kernel": "theory.week theory.provoking theory.records",
    "ledger": "figures.ledger figures.kinds.ledger figures.kinds.boundary argument.ledger",
    "library": "support.library",
    "litter": "support.library",
    "machine": "support.machine",
    "mapping": "evidence.mapping",
    "model": "engine.model engine.mesa_engine engine.inputs engine.reporters",
    "observations": "argument.observations",
    "outcomes": "results.outcomes results.measures results.intervals engine.traces",
    "page": "lesson",
    "page.engine": "lesson.browser",
    "page.lesson": "lesson.lesson_page lesson.precomputed",
    "page.vocabulary": "lesson.words",
    "parameters": "theory.parameters",
    "parts": "results.storage.parts",
    "plan": "results.storage.plan",
    "plots": "figures.kinds",
    "plots.claims": "figures.kinds.ledger figures.kinds.boundary argument.turning_points",
    "plots.convergence": "figures.kinds.convergence",
    "plots.distribution": "figures.kinds.distribution",
    "plots.evidence": (
        "figures.kinds.validation figures.kinds.score evidence.validation evidence.scoring"
    ),
    "plots.game": "figures.kinds.game",
    "plots.ladder": "figures.kinds.ladder figures.kinds.strips",
    "plots.outcomes": "figures.kinds.outcomes",
    "plots.phase": "figures.kinds.phase figures.kinds.curve figures.measures",
    "plots.posterior": "figures.kinds.calibration evidence.calibration",
    "plots.rungs": "figures.kinds.rungs figures.kinds.transitions",
    "plots.sensitivity": "figures.kinds.tornado exploration.analysis",
    "plots.sites": "figures.kinds.map",
    "plots.space": (
        "figures.kinds.robustness figures.kinds.discovery exploration.claims_over_space"
    ),
    "plots.style": "figures.style",
    "plots.survival": "figures.kinds.survival",
    "plots.terms": "figures.kinds.terms",
    "plots.timeline": "figures.kinds.record evidence.recorded.known",
    "point_files": "case.point_files",
    "precision": "results.precision",
    "quantiles": "results.pooling.quantiles",
    "record": "evidence.recorded.published evidence.recorded.known",
    "remarks": "results.remarks",
    "replay": "evidence.replay",
    "report": "figures.report_page figures.pages",
    "robustness": ("exploration.claims_over_space exploration.standings exploration.trials"),
    "rules": "theory.rules",
    "scenario": "case.case case.design",
    "scenario_file": "case.scenario_file case.building case.changes case.checks",
    "schema": "case.tables",
    "score": "evidence.scoring evidence.ladders evidence.baselines",
    "sensitivity": "exploration.influence exploration.analysis",
    "simulation": "results.simulation results.tallies results.engines",
    "state": "theory.records theory.vocabulary",
    "store": "results.storage.store results.storage.resumable results.storage.place",
    "stylised": (
        "evidence.facts.frequency evidence.facts.answers evidence.facts.aftermath "
        "evidence.facts.worlds evidence.facts.weeks evidence.facts.stated"
    ),
    "summaries": "results.pooling.summaries",
    "tables": "results.storage.tables",
    "tally": "theory.tally",
    "traces": "engine.traces",
    "translation": "engine.translation engine.javascript",
    "validation": "evidence.validation",
    "values": "support.values",
    "verdicts": "argument.verdicts",
    "version": "support.version",
    "words": "theory.words support.wording",
}
"""Where the names of each module are now, under `redline`."""
RENAMED = {
    "addresses.addresses": "addresses_of",
    "bank.Bank": "ReferenceTable",
    "bank.PLAN": "FOLDER",
    "bank.Task": "Rows",
    "bank.live": "simulate_rows",
    "bank.make_bank": "make_reference_table",
    "calibration.checks": "facts_of",
    "coding.code": "code_event",
    "canvas.prepare": "prepare_canvas",
    "chance.Draws": "DrawPair",
    "claims.boundary": "turns_of",
    "compiled.COMPILED": "RESTRICTED",
    "estimate.check_lives": "check_replicates",
    "estimate.lived_seconds": "simulation_seconds",
    "experiment.sweep": "sweep_into",
    "experiment_file.Condition": "ConditionTable",
    "games.Game": "GameState",
    "game.Game": "TextbookGame",
    "game.OUTCOMES": "GAME_OUTCOMES",
    "histories.histories": "simulated_histories",
    "kernel.live_week": "simulate_week",
    "library.HERE": "PACKAGE",
    "outcomes.Column": "Measure",
    "plots.posterior.resolved": "is_resolved",
    "replay.Foretold": "Predicted",
    "replay.foretell": "predict",
    "report.write_report": "report",
    "robustness.JOURNAL": "FOLDER",
    "robustness.LINE_BYTES": "PART_BYTES",
    "robustness.Task": "Trial",
    "scenario.Draws": "JointDraws",
    "scenario.Militia": "Member",
    "scenario_file.load": "load_scenario",
    "state.records": "new_records",
    "score.Skill": "Interval",
    "sensitivity.Index": "Interval",
    "store.check_sweep_destination": "check_sweep_place",
    "store.SweepFolder": "ResumableFolder",
    "summaries.Summary": "PointSummary",
    "verdicts.Effect": "Interval",
    "words.PROVOCATIONS": "PROVOCATION_WORDS",
    "words.RESPONSES": "RESPONSE_WORDS",
    "words.SITES": "SITE_WORDS",
}
"""What a name of a module is now, where it is another."""

FORMER = {
    "grouped": ("results", "redline.open(FOLDER).grouped(…)"),
    "load_results": ("results", "redline.open"),
    "load_scenario": ("case", "redline.scenario"),
    "vary": ("case", "redline.scenario(…).vary(…)"),
}
"""Public names of before: the package that has them, and what is to be used now."""
MEANT = {"run": "simulate", "load": "open", "read": "open", "open_sweep": "open"}
"""What is meant by names that one may guess: the command's, other libraries'."""


def no_attribute(name: str, known: Iterable[str]) -> str:
    """Return that the package has no such name, and which one may be meant."""
    from redline.support.errors import nearest

    told = f"module 'redline' has no attribute {name!r}"
    if name in MEANT:
        return f"{told}; use redline.{MEANT[name]}"
    return told + nearest(name, known)


class OldModule(ModuleType):
    """A module under its old name; called, it is the public function that bears the name now.

    Once it is imported it stands in that function's place in the package.
    """

    def __call__(self, *given: Any, **options: Any) -> Any:
        """Call the function."""
        function = getattr(sys.modules["redline"], "__getattr__")  # noqa: B009
        return function(self.__name__.removeprefix("redline."))(*given, **options)


class OldNames:
    """Finds under its old name a module whose names are elsewhere now."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return how to import a module that has moved; None for every other."""
        package, _, old = name.partition(".")
        if package != "redline" or old not in MOVED:
            return None
        inner = any(other.startswith(f"{old}.") for other in MOVED)
        return ModuleSpec(name, OldNames, is_package=inner)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        """Return a new module."""
        return OldModule(spec.name)

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Let a module take its names from where they are now, and say where that is."""
        old = module.__name__.removeprefix("redline.")
        homes = [f"redline.{home}" for home in MOVED[old].split()]
        message = f"{module.__name__} is now {' and '.join(homes)}; the old name goes after 0.2"
        warnings.warn(message, DeprecationWarning, stacklevel=2)

        def moved(name: str) -> object:
            # Of a module, Python asks such names itself, also while others are being imported.
            for home in () if name.startswith("__") else homes:
                found = vars(import_module(home)).get(RENAMED.get(f"{old}.{name}", name), moved)
                if found is not moved:
                    return found
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        def names() -> list[str]:
            return sorted({name for home in homes for name in vars(import_module(home))})

        module.__getattr__ = moved  # type: ignore[method-assign]
        module.__dir__ = names  # type: ignore[method-assign]


def find_moved() -> None:
    """Let modules be imported under their old names; asked last, after every other finder."""
    if OldNames not in sys.meta_path:
        sys.meta_path.append(OldNames)


def folder_first(
    is_old: Callable[[tuple[Any, ...], dict[str, Any]], bool], to_was: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that takes the folder of results first, as 0.1.0 did, with a warning.

    Parameters
    ----------
    is_old
        Whether positional arguments, and those by name, are in the old order: a folder, then
        what comes first now. The folder is `to` now.
    to_was
        What is now called otherwise of what was `to`.
    """

    def taken(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def either(*given: Any, **named: Any) -> R:
            if "folder" in named:
                given = (named.pop("folder"), *given)
            elif not (given and isinstance(given[0], str | Path) and is_old(given, named)):
                return function(*given, **named)
            name = function.__name__
            message = f"{name}(FOLDER, …) is now {name}(…, to=FOLDER); the old form goes after 0.2"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            folder, *rest = given
            if "to" in named:
                if to_was is None:
                    from redline.support.errors import InputError

                    raise InputError(f"{name}: the folder is named twice: leave to= alone")
                named[to_was] = named.pop("to")
            return function(*rest, **named, to=folder)

        return either

    return taken
