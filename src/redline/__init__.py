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

import lazy_loader

from redline.support import find_moved

_offered, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from redline.support import package_version

        return package_version()
    return _offered(name)


def __dir__() -> list[str]:
    return sorted(__all__)


find_moved()
