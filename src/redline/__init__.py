"""redline: why a confrontation stays at provocation, and what would tip it into war.

An agent-based model of escalation between the United States, Iran and the militias that it
backs in Iraq. The names below are the public interface; they are imported when first used.

Examples
--------
>>> import redline
>>> results = redline.simulate("standoff_2019_2021", replicates=200)
>>> round(results.summary()["class"]["quiet"]["share"], 2)
0.0
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redline.comparison import compare as compare
    from redline.errors import InputError as InputError
    from redline.errors import RedlineError as RedlineError
    from redline.experiment import sweep as sweep
    from redline.explanation import explain as explain
    from redline.grouping import grouped as grouped
    from redline.model import EscalationModel as EscalationModel
    from redline.results import StoredRun as StoredRun
    from redline.results import StoredSweep as StoredSweep
    from redline.results import load_results as load_results
    from redline.scenario import Scenario as Scenario
    from redline.scenario_file import load as load_scenario  # noqa: F401
    from redline.scenario_file import vary as vary
    from redline.simulation import Results as Results
    from redline.simulation import simulate as simulate
    from redline.simulation import trace as trace

_PUBLIC = {
    "EscalationModel": ("redline.model", "EscalationModel"),
    "InputError": ("redline.errors", "InputError"),
    "RedlineError": ("redline.errors", "RedlineError"),
    "Results": ("redline.simulation", "Results"),
    "Scenario": ("redline.scenario", "Scenario"),
    "StoredRun": ("redline.results", "StoredRun"),
    "StoredSweep": ("redline.results", "StoredSweep"),
    "compare": ("redline.comparison", "compare"),
    "explain": ("redline.explanation", "explain"),
    "grouped": ("redline.grouping", "grouped"),
    "load_results": ("redline.results", "load_results"),
    "load_scenario": ("redline.scenario_file", "load"),
    "simulate": ("redline.simulation", "simulate"),
    "sweep": ("redline.experiment", "sweep"),
    "trace": ("redline.simulation", "trace"),
    "vary": ("redline.scenario_file", "vary"),
}

__all__ = [*_PUBLIC, "__version__"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from redline.version import package_version

        return package_version()
    if name in _PUBLIC:
        module, attribute = _PUBLIC[name]
        return getattr(importlib.import_module(module), attribute)
    raise AttributeError(f"module 'redline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
