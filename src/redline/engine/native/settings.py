"""Which settings of Numba decide what it makes, told without Numba where none is given."""

import os
import sys
from pathlib import Path
from types import ModuleType

FILE = ".numba_config.yaml"
"""What Numba reads of the working folder."""
_OF_NO_MATTER = (
    "CACHE_", "CAPTURED_ERRORS", "COLOR_SCHEME", "CUDA", "DEVELOPER_MODE", "DISABLE_CUDA",
    "DISABLE_ERROR_MESSAGE_HIGHLIGHTING", "DISABLE_PERFORMANCE_WARNINGS", "ENABLE_CUDASIM",
    "FORCE_CUDA_CC", "FULL_TRACEBACKS", "FUNCTION_CACHE_SIZE", "GDB_BINARY", "HIGHLIGHT_DUMPS",
    "NUM_THREADS", "PARALLEL_DIAGNOSTICS", "SHOW_HELP", "THREADING_LAYER", "WARNINGS",
)  # fmt: skip
"""How names begin of settings that serial code does not depend on."""
_DEFAULTS = {
    "BOUNDSCHECK": "None",
    "CPU_FEATURES": "None",
    "CPU_NAME": "None",
    "DEBUGINFO_DEFAULT": "0",
    "DISABLE_INTEL_SVML": "0 False",
    "ENABLE_AVX": "1 True",
    "ENABLE_PROFILING": "0",
    "ENABLE_SYS_MONITORING": "0",
    "EXTEND_VARIABLE_LIFETIMES": "0",
    "LLVM_REFPRUNE_PASS": "1",
    "LOOP_VECTORIZE": "1",
    "OPT": "3 _OptLevel(3)",
    "SLP_VECTORIZE": "0",
}
"""What is in `numba.config` that code depends on, as it stands where nobody sets it."""


def given() -> list[str]:
    """Return the settings of the environment that code may depend on."""
    return sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith("NUMBA_") and not name[6:].startswith(_OF_NO_MATTER)
    )


def are_to_be_heard() -> bool:
    """Return whether settings may be other than Numba's own: then Numba itself is to be asked."""
    return "numba" in sys.modules or bool(given()) or Path(FILE).is_file()


def settings(config: ModuleType | None) -> list[str]:
    """Return the settings that code depends on, and that are not Numba's own.

    Parameters
    ----------
    config
        Numba's, if it is loaded.
    """
    told = [one for one in given() if not one.startswith("NUMBA_DISABLE_JIT=")]
    for name, default in _DEFAULTS.items():
        value = repr(getattr(config, name, None)) if hasattr(config, name) else default
        if value not in {default, *default.split()}:
            told.append(f"{name}: {value}")
    return told
