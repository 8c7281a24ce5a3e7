"""Machine code of one function: kept in a file, loaded by llvmlite alone, called with numbers.

A function compiled by Numba takes an array as the numbers of its description, a record as its
address, a tuple as its members (Numba's documentation, *Notes on Numba's calling convention*).
Nothing here imports Numba.
"""

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FROM_NUMBA = "numba_attempt_nocopy_reshape"
"""The one function of Numba's own library that the code calls; made here, see `_helper`."""
KNOWN = {FROM_NUMBA, "exp", "sqrt"}
"""What the code may call besides itself, for it to be kept: the others are the C library's."""
MAGIC = b"redline machine code 1\n"


class MachineCode(NamedTuple):
    """An object file, and the name of its function."""

    name: str
    code: bytes


def host() -> str:
    """Return what machine code holds for: processor and features."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


def read(path: Path) -> MachineCode | None:
    """Return kept code; None if there is none, or it is damaged."""
    try:
        head, digest, body = path.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    if head + b"\n" != MAGIC or hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    name, _, code = body.partition(b"\n")
    return MachineCode(name.decode(), code)


def write(path: Path, made: MachineCode) -> None:
    """Keep code, whole or not at all; not where there is no room."""
    body = made.name.encode() + b"\n" + made.code
    digest = hashlib.sha256(body).hexdigest().encode()
    with suppress(OSError), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        new = Path(folder) / path.name
        new.write_bytes(MAGIC + digest + b"\n" + body)
        os.replace(new, path)


def layout_of(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what code is compiled for: of arrays and records, storage type and axes."""
    return tuple(
        (type(one).__name__, one.dtype, one.ndim)
        if isinstance(one, np.ndarray | np.void)
        else type(one)
        for one in arguments
    )


class Loaded:
    """Code in memory, to be called like the function of which it was made.

    It runs without Python's lock. Arrays must be contiguous, and laid out like those for which
    it was compiled.
    """

    def __init__(self, made: MachineCode, arguments: tuple[Any, ...]) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(_helper()), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(made.code))
        self._engine.finalize_object()
        self._layout = layout_of(arguments)
        kinds = [ctypes.c_int64] * len(list(_numbers(arguments)))
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *kinds)
        self._run = prototype(self._engine.get_function_address(made.name))

    def __call__(self, *arguments: Any) -> None:
        """Call the code; what it says is in the arrays.

        Raises
        ------
        TypeError
            For other arguments than it was compiled for.
        """
        if layout_of(arguments) != self._layout:
            raise TypeError("compiled for arguments of another layout")
        room = (ctypes.c_void_p * 2)()  # for what is returned, and for an error; both stay empty
        at = ctypes.addressof(room)
        if self._run(at, at + ctypes.sizeof(ctypes.c_void_p), *_numbers(arguments)):
            raise RuntimeError("compiled code has failed")


def _numbers(arguments: tuple[Any, ...]) -> Iterator[int]:
    """Yield arguments as the numbers that compiled code takes."""
    for one in arguments:
        match one:
            case np.ndarray():
                if not one.flags.c_contiguous:
                    raise TypeError("compiled for contiguous arrays")
                yield from (0, 0, one.size, one.itemsize, one.ctypes.data, *one.shape)
                yield from one.strides
            case np.void():
                yield np.asarray(one).ctypes.data  # a view
            case tuple():
                yield from one
            case _:
                yield int(one)


def _helper() -> str:
    """Return what the code calls of Numba: the one stride of a contiguous array made flat."""
    from llvmlite import ir

    number, small = ir.IntType(64), ir.IntType(32)
    numbers = number.as_pointer()
    module = ir.Module()
    kinds = [number, numbers, numbers, number, numbers, numbers, number, small]
    function = ir.Function(module, ir.FunctionType(small, kinds), FROM_NUMBA)
    block = ir.IRBuilder(function.append_basic_block())
    *_, strides, item, _ = function.args
    block.store(item, strides)
    block.ret(small(1))
    return str(module)
