"""Machine code of a function and all that it calls, for this processor, in its widest registers.

LLVM prefers half of them where an old processor would slow down; the loops over lanes are so long
that the whole is worth it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redline.engine.native.numba_loading import load_numba


@contextmanager
def wide(context: Any) -> Iterator[Any]:
    """Have Numba optimise for the widest registers; yield the target to make code for."""
    numba = load_numba()
    codegen = context.codegen()
    kept = codegen._tm
    codegen._tm = _target(numba, codegen)
    try:
        yield codegen._tm
    finally:
        codegen._tm = kept


def _target(numba: Any, codegen: Any) -> Any:
    llvm = numba.core.codegen.ll
    options = {"opt": numba.core.config.OPT}
    codegen._customize_tm_options(options)
    if "+avx512f" in options["features"] and numba.core.config.CPU_FEATURES is None:
        options["features"] += ",-prefer-256-bit"
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(**options)


def emitted(made: Any, target: Any) -> tuple[bytes, Any]:
    """Return the object code of what `compile_functions` made a part, and its LLVM module."""
    library = made.library
    library._raise_if_finalized()
    for other in dict.fromkeys(library._linking_libraries):
        library._final_module.link_in(other._get_module_for_linking(), preserve=True)
    type(library)._optimize_final_module(library)
    library._final_module.verify()
    return bytes(target.emit_object(library._final_module)), library._final_module
