"""redline: why a confrontation stays at provocation, and what would tip it into war.

An agent-based model of escalation between the United States, Iran and the militias that it
backs in Iraq. The names below are the public interface; they are imported when first used.

Examples
--------
>>> import redline as rl
>>> case = rl.scenario("standoff_2019_2021").vary({"united_states.commitment": 0})
>>> run = rl.simulate(case, replicates=200, seed=1)
>>> run.summary()["class"]["quiet"]["share"]
0.0
"""

import warnings
from importlib import import_module

import lazy_loader

from redline.support import FORMER, find_moved, no_attribute

_offered, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from redline.support import package_version

        return package_version()
    if name in FORMER:
        package, now = FORMER[name]
        told = f"redline.{name} is now {now}; the old name goes in 0.3"
        warnings.warn(told, DeprecationWarning, stacklevel=2)
        return getattr(import_module(f"redline.{package}"), name)
    if name in __all__:
        return _offered(name)
    raise AttributeError(no_attribute(name, __all__))


def __dir__() -> list[str]:
    return sorted(__all__)


find_moved()
