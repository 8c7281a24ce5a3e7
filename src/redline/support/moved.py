"""The names that modules had in 0.1.0: they keep working for one release, with a warning."""

import sys
import warnings
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "acled": "evidence.record.acled",
    "addresses": "case.addresses",
    "agents": "engine.agents",
    "bank": "evidence.reference_table",
    "calibration": "evidence.calibration",
    "canvas": "support.canvas",
    "chance": "theory.chance",
    "claims": "argument.claims argument.effects argument.turning_points",
    "coding": "evidence.record.coding",
    "comparison": (
        "argument.comparison.compared argument.comparison.differences "
        "argument.comparison.parting argument.comparison.sides"
    ),
    "compiled": "engine.compiled",
    "conditions": "results.conditions",
    "design": "case.design",
    "discovery": "exploration.discovery",
    "errors": "support.errors",
    "estimate": "results.storage.estimate",
    "events": "evidence.record.events evidence.record.event_table evidence.record.cells",
    "exchange": "results.storage.exchange",
    "executors": "results.storage.executors",
    "experiment": "results.storage.running results.storage.place results.storage.parts",
    "experiment_file": "argument.experiment_file",
    "explanation": "argument.explanation",
    "facts": "evidence.facts.fact evidence.facts.weeks",
    "files": "support.files",
    "forecast": "evidence.forecasting",
    "game": "evidence.game",
    "games": "argument.playing",
    "grouping": "results.grouping",
    "histories": "results.histories",
    "intervals": "results.intervals",
    "kernel": "theory.week theory.records",
    "ledger": "figures.ledger",
    "library": "support.library",
    "litter": "support.litter",
    "machine": "support.machine",
    "mapping": "evidence.mapping",
    "model": "engine.model",
    "observations": "argument.observations",
    "outcomes": "results.outcomes",
    "page": "lesson",
    "page.engine": "lesson.browser",
    "page.lesson": "lesson.page",
    "page.vocabulary": "lesson.words",
    "parameters": "theory.parameters",
    "parts": "results.storage.parts",
    "plan": "results.storage.plan",
    "plots": "figures.kinds",
    "plots.claims": "figures.kinds.claims",
    "plots.convergence": "figures.kinds.convergence",
    "plots.distribution": "figures.kinds.distribution",
    "plots.evidence": "figures.kinds.evidence",
    "plots.game": "figures.kinds.game",
    "plots.ladder": "figures.kinds.ladder",
    "plots.outcomes": "figures.kinds.outcomes",
    "plots.phase": "figures.kinds.phase",
    "plots.posterior": "figures.kinds.posterior",
    "plots.rungs": "figures.kinds.rungs",
    "plots.sensitivity": "figures.kinds.sensitivity",
    "plots.sites": "figures.kinds.sites",
    "plots.space": "figures.kinds.space",
    "plots.style": "figures.style",
    "plots.survival": "figures.kinds.survival",
    "plots.terms": "figures.kinds.terms",
    "plots.timeline": "figures.kinds.timeline",
    "point_files": "case.point_files",
    "precision": "results.precision",
    "quantiles": "results.quantiles",
    "record": "evidence.record.published",
    "remarks": "results.remarks",
    "replay": "evidence.replay",
    "report": "figures.report",
    "robustness": "exploration.claims_over_space",
    "rules": "theory.rules",
    "scenario": "case.scenario",
    "scenario_file": "case.scenario_file",
    "schema": "case.schema",
    "score": "evidence.scoring evidence.baselines",
    "sensitivity": "exploration.sensitivity",
    "simulation": "results.simulation results.engines",
    "state": "theory.records theory.vocabulary",
    "store": "results.storage.store results.storage.resumable results.storage.place",
    "stylised": (
        "evidence.facts.frequency evidence.facts.answers evidence.facts.aftermath "
        "evidence.facts.worlds evidence.facts.listed evidence.facts.stated"
    ),
    "summaries": "results.summaries",
    "tables": "results.storage.tables",
    "tally": "theory.tally",
    "traces": "engine.traces",
    "translation": "engine.translation",
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
    "canvas.prepare": "prepare_canvas",
    "compiled.COMPILED": "RESTRICTED",
    "experiment_file.Condition": "ClaimCondition",
    "histories.histories": "simulated_histories",
    "library.HERE": "PACKAGE",
    "plots.posterior.resolved": "is_resolved",
    "robustness.JOURNAL": "FOLDER",
    "robustness.LINE_BYTES": "PART_BYTES",
    "robustness.Task": "Trial",
    "scenario_file.load": "load_scenario",
    "state.records": "new_records",
    "store.check_sweep_destination": "check_sweep_place",
    "store.SweepFolder": "ResumableFolder",
    "summaries.Summary": "PointSummary",
    "words.PROVOCATIONS": "PROVOCATION_WORDS",
    "words.RESPONSES": "RESPONSE_WORDS",
    "words.SITES": "SITE_WORDS",
}
"""What a name of a module is now, where it is another."""


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
    def create_module(spec: ModuleSpec) -> None:
        """Leave it to Python to make the module."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Let a module take its names from where they are now, and say where that is."""
        old = module.__name__.removeprefix("redline.")
        homes = [f"redline.{home}" for home in MOVED[old].split()]
        message = f"{module.__name__} is now {' and '.join(homes)}; the old name goes after 0.2"
        warnings.warn(message, DeprecationWarning, stacklevel=2)

        def moved(name: str) -> object:
            for home in homes:
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
