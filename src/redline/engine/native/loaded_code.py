"""Machine code of one function: kept in a file, loaded by llvmlite alone, called with numbers.

A function compiled by Numba takes an array as the numbers of its description, a record as its
address, a tuple as its members (Numba's documentation, *Notes on Numba's calling convention*).
Nothing here imports Numba.
"""

import ctypes
import hashlib
import operator
import os
import tempfile
import time
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from redline.support import is_ours

FROM_NUMBA = "numba_attempt_nocopy_reshape"
"""The one function of Numba's own library that the code calls; made here, see `_helpers`."""
KNOWN = {FROM_NUMBA, "exp", "sqrt"}
"""What the code may call besides itself, for it to be kept: the others are the C library's."""
MAGIC = b"redline machine code 2\n"
UNUSED_DAYS = 90
"""After so long what nobody has read is removed."""
_IN_MEMORY = (np.ndarray, np.void)
_CALL = "redline_call"
_FLAGS = 0x0400 | 0x0100
"""The flags of an array that decide what may be compiled for it: writeable, and aligned."""


class MachineCode(NamedTuple):
    """An object file, the name of its function, and how many numbers that takes."""

    name: str
    numbers: int
    code: bytes


def host() -> str:
    """Return what machine code holds for: processor and features."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {features}"


def read(path: Path) -> MachineCode | None:
    """Return kept code; None if there is none, it is damaged, or others may have written it."""
    try:
        with path.open("rb") as file:
            if not is_ours(os.fstat(file.fileno())):
                return None
            head, digest, body = file.read().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    if head + b"\n" != MAGIC or hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    name, numbers, code = body.split(b"\n", 2)
    with suppress(OSError):  # when it was last of use
        os.utime(path)
    return MachineCode(name.decode(), int(numbers), code)


def write(path: Path, made: MachineCode) -> bool:
    """Keep code, whole or not at all, and remove what is long unused; return whether it is kept."""
    body = b"%s\n%d\n%s" % (made.name.encode(), made.numbers, made.code)
    digest = hashlib.sha256(body).hexdigest().encode()
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            new = Path(folder) / path.name
            new.write_bytes(MAGIC + digest + b"\n" + body)
            new.chmod(0o600)
            os.replace(new, path)
    except OSError:
        return False
    _remove_unused(path.parent)
    return True


def _remove_unused(folder: Path) -> None:
    """Remove what was last of use long ago: here, and beside it what other versions kept."""
    for path in [*folder.parent.glob("*-numba*-py*/*.code"), *folder.glob("*.code")]:
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - UNUSED_DAYS * 86400:
                path.unlink()


def layout_of(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what code is compiled for: of arrays and records, storage type, axes and rights."""
    return tuple(
        [
            (type(one), one.dtype, one.ndim, one.flags.num & _FLAGS)
            if isinstance(one, _IN_MEMORY)
            else (type(one), layout_of(one))
            if isinstance(one, tuple)
            else type(one)
            for one in arguments
        ]
    )


class Loaded:
    """Code in memory, to be called like the function of which it was made.

    It runs without Python's lock. Arguments must be laid out like those for which it was
    compiled, which is its caller's concern.
    """

    def __init__(self, made: MachineCode) -> None:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(_helpers(made)), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(made.code))
        self._engine.finalize_object()
        prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)
        self._run = prototype(self._engine.get_function_address(_CALL))
        self._numbers = made.numbers

    def __call__(self, *arguments: Any) -> None:
        """Call the code; what it says is in the arrays.

        Raises
        ------
        TypeError
            For arguments that are not as they must be.
        """
        numbers = array("q", numbers_of(arguments))
        if len(numbers) != self._numbers:
            raise TypeError("compiled for other arguments")
        if self._run(numbers.buffer_info()[0]):
            raise RuntimeError("compiled code has failed")


def numbers_of(arguments: tuple[Any, ...]) -> list[int]:
    """Return arguments as the numbers that compiled code takes.

    Raises
    ------
    TypeError
        If there is an array that is not contiguous, or what is no whole number of 64 bits.
    """
    found: list[int] = []
    for one in arguments:
        if isinstance(one, np.ndarray):
            if not one.flags.c_contiguous:
                raise TypeError("compiled for contiguous arrays")
            found += (0, 0, one.size, one.itemsize, one.ctypes.data, *one.shape, *one.strides)
        elif isinstance(one, np.void):
            found.append(np.asarray(one).ctypes.data)  # a view
        elif isinstance(one, tuple):
            found += map(_number, one)
        else:
            found.append(_number(one))
    return found


def _number(value: Any) -> int:
    number = operator.index(value)
    if isinstance(value, bool | np.bool_) or not -(1 << 63) <= number < 1 << 63:
        raise TypeError(f"compiled code takes whole numbers of 64 bits, not {value!r}")
    return number


def _helpers(made: MachineCode) -> str:
    """Return what the code is called by and what it calls.

    It is called with the address of its numbers, one after the other; it calls a function of
    Numba: the one stride of a contiguous array made flat.
    """
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
    kinds = [numbers, numbers, *[number] * made.numbers]
    called = ir.Function(module, ir.FunctionType(small, kinds), made.name)
    function = ir.Function(module, ir.FunctionType(small, [numbers]), _CALL)
    block = ir.IRBuilder(function.append_basic_block())
    # Room for what is returned and for an error, which both stay empty.
    room = [block.alloca(number) for _ in range(2)]
    for one in room:
        block.store(number(0), one)
    at = [block.gep(function.args[0], [number(place)]) for place in range(made.numbers)]
    block.ret(block.call(called, [*room, *map(block.load, at)]))
    return str(module)
