"""Numba is loaded only where something must be compiled; what it says is passed on, once."""

import os
import sys
import warnings
from functools import cache
from types import ModuleType

from redline.engine.native.settings import are_to_be_heard
from redline.support import InputError


def said(line: str) -> None:
    """Say something of this machine, once."""
    print(f"redline: {line}", file=sys.stderr)


@cache
def load_numba() -> ModuleType:
    """Return Numba; say what it says of its settings, a line each.

    Raises
    ------
    InputError
        If it cannot be loaded, as with settings that it refuses.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            import numba
            import numba.core.config
        except (ValueError, RuntimeError, ImportError) as error:
            raise _refused(error) from None
    for warning in told:  # of settings that it cannot read, each with a traceback
        said(str(warning.message).splitlines()[0])
    module: ModuleType = numba
    return module


def _refused(error: Exception) -> InputError:
    told = ", ".join(sorted(f"{name}={os.environ[name]}" for name in os.environ if _sets(name)))
    hint = f"; unset what is wrong of {told}" if told else ""
    return InputError(f"Numba cannot be loaded: {error}{hint}")


def _sets(name: str) -> bool:
    return name.startswith("NUMBA_") and "_CACHE_" not in name


def is_disabled() -> bool:
    """Return whether Numba is told not to compile; without loading it where nothing is told."""
    return are_to_be_heard() and bool(load_numba().core.config.DISABLE_JIT)


def hear_settings() -> None:
    """Have Numba read its settings again, as it would at the next thing that it compiles."""
    numba = load_numba()
    try:
        numba.core.config.reload_config()
    except (ValueError, RuntimeError) as error:
        raise _refused(error) from None
