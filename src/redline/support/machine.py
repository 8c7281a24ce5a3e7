"""What this machine lets the process have: processors, memory, disk; and whether work fits in it.

A container or a batch system often grants less than the machine has. What is granted is read
from where each says it; what cannot be read, or makes no sense, limits nothing.
"""

import math
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from redline.support.errors import InputError
from redline.support.wording import size_words

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
GRANTS = (
    "SLURM_CPUS_PER_TASK",
    "SLURM_CPUS_ON_NODE",
    "SLURM_JOB_CPUS_PER_NODE",
    "NSLOTS",  # Grid Engine
    "NCPUS",  # PBS Professional
    "PBS_NCPUS",
    "PBS_NUM_PPN",  # Torque
    "PBS_NP",
    "LSB_DJOB_NUMPROC",  # LSF
    "LSB_MAX_NUM_PROCESSORS",
    "LOKY_MAX_CPU_COUNT",  # joblib
    "PYTHON_CPU_COUNT",  # Python 3.13
)
"""Variables in which batch systems say how many processors a job was granted.

OMP_NUM_THREADS is none of them: it is set to 1 to leave processors to workers such as ours.
"""
NO_LIMIT = 1 << 62
"""What a limit of version 1 that limits nothing lies above."""


# Control groups


def _text(path: Path) -> str:
    """Return what a file of the system says; nothing where it is not there."""
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""


def _whole(text: str) -> int | None:
    """Return a whole number of 1 or more, or None for anything else."""
    text = text.strip()
    return int(text) or None if text.isascii() and text.isdigit() and len(text) < 20 else None


def _groups(controller: str) -> Iterator[Path]:
    """Yield the folders of the control groups that limit this process, innermost first.

    Inside a container the path may be one of the host, of which only the root is seen.
    """
    lines = _text(PROC / "self/cgroup").splitlines() or ["0::/", f"1:{controller}:/"]
    for line in lines:
        _, names, place = (*line.split(":", 2), "", "")[:3]
        if names and controller not in names.split(","):
            continue
        inside = PurePosixPath(place.lstrip("/"))
        if ".." in inside.parts:
            inside = PurePosixPath()
        mounts = (names, controller) if names else ("", "unified")
        for mount in dict.fromkeys(mounts):
            yield from (CGROUPS / mount / part for part in (inside, *inside.parents))


# Processors


def processors() -> int:
    """Return how many processors this process may use, at least 1.

    The fewest of: those that it may run on, the quotas of its control groups (rounded up), and
    what a batch system granted (`GRANTS`).
    """
    limits = [
        _runs_on(),
        *map(_quota, _groups("cpu")),
        # SLURM writes "16(x2)" for sixteen on each of two nodes.
        *(_whole(os.environ.get(name, "").partition("(")[0]) for name in GRANTS),
    ]
    return min(limit for limit in limits if limit)


def _runs_on() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota(group: Path) -> int | None:
    """Return the processors that the quota of a control group comes to, of either version."""
    words = _text(group / "cpu.max").split() or [
        _text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period")
    ]
    quota, period = map(_whole, (*words, "", "")[:2])
    return math.ceil(quota / period) if quota and period else None


# Memory


def memory() -> int | None:
    """Return how many bytes of memory this process can still have, or None if nobody says.

    The least of: what the system has available, what the limits of the control groups leave
    (pages that only cache files are given back), and what the limits of the process leave.
    """
    left = [_available(), *map(_group_left, _groups("memory")), *_process_left()]
    known = [size for size in left if size is not None]
    return max(0, min(known)) if known else None


def _available() -> int | None:
    """Return what the system has available; where it does not say that, all that it has."""
    found = _named(_text(PROC / "meminfo"), "MemAvailable:")
    if found is not None:
        return found * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _named(text: str, name: str) -> int | None:
    """Return the number behind a name in lines of names and numbers."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == [name] and len(words) > 1 and words[1].isdigit():
            return int(words[1])
    return None


def _group_left(group: Path) -> int | None:
    """Return what the limits of a control group leave, of either version."""
    caches = _text(group / "memory.stat")
    left = []
    for limits, used, cache in (
        (("memory.max", "memory.high"), "memory.current", "inactive_file"),
        (("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file"),
    ):
        for name in limits:
            limit = _whole(_text(group / name))
            if limit and limit < NO_LIMIT:
                taken = (_whole(_text(group / used)) or 0) - (_named(caches, cache) or 0)
                left.append(limit - max(0, taken))
    return min(left) if left else None


def _process_left() -> Iterator[int]:
    """Yield what the limits of this process's address space and data leave."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    pages = _text(PROC / "self/statm").split()
    for limit, place in ((resource.RLIMIT_AS, 0), (resource.RLIMIT_DATA, 5)):
        soft = resource.getrlimit(limit)[0]
        if soft != resource.RLIM_INFINITY and 0 <= soft < NO_LIMIT:
            used = int(pages[place]) * resource.getpagesize() if len(pages) > place else 0
            yield soft - used


# Disk


def disk(path: Path) -> int | None:
    """Return the bytes free for this user on the file system of a path, or None if nobody says.

    The path need not be there yet. Quotas of single users are not known.
    """
    place = Path(os.path.abspath(path))
    while not os.path.exists(place) and place != place.parent:
        place = place.parent
    try:
        usage = shutil.disk_usage(place)
    except OSError:
        return None
    return usage.free if usage.total else None


# What fits


def check_room(
    name: str,
    count: int,
    *,
    memory_each: float = 0.0,
    memory_fixed: float = 0.0,
    disk_each: float = 0.0,
    folder: Path | None = None,
) -> None:
    """Check that this machine can hold so many of something, before work on them starts.

    Parameters
    ----------
    name
        What is counted, as the argument or option is called: ``replicates`` or ``points``.
    memory_each, memory_fixed
        Bytes of memory that each takes at the peak, and that all take together.
    disk_each, folder
        Bytes on disk that each takes, and where.

    Raises
    ------
    InputError
        If it cannot, with how many would fit.
    """
    lacking = [_lack(name, count, memory_each, memory_fixed, memory(), "memory")]
    if folder is not None:
        lacking.append(_lack(name, count, disk_each, 0.0, disk(folder), "disk"))
    if any(lacking):
        raise InputError(filter(None, lacking))


def _lack(name: str, count: int, each: float, fixed: float, room: int | None, of: str) -> str:
    """Return what is lacking for so many, and how many would fit; nothing where all do."""
    needed = fixed + each * count
    if room is None or needed <= room:
        return ""
    most = _rounded((room - fixed) / each) if each and room > fixed else 0
    fits = f"{most:,} would fit in that" if most else "not even one would fit in that"
    return (
        f"{name}: {count:,} would take about {size_words(needed)} of {of}, and "
        f"{size_words(room)} are available: {fits}"
    )


def _rounded(count: float) -> int:
    """Return a count rounded down to two digits."""
    unit = 10 ** max(0, int(math.log10(max(count, 1))) - 1)
    return int(count // unit * unit)
