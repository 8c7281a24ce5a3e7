"""What the process may have: processors, memory and disk, as faked systems grant them."""

import os
import resource

import pytest

from redline.support import machine
from redline.support.errors import InputError
from redline.support.machine import check_room, disk, memory, processors

GIB = 1 << 30


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Write a system's files, by path within it; nothing else limits the process."""
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    monkeypatch.setattr(machine, "CGROUPS", tmp_path / "sys/fs/cgroup")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY,) * 2)
    for name in machine.GRANTS:
        monkeypatch.delenv(name, raising=False)

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    write({"proc/meminfo": "MemTotal: 99999999 kB\nMemAvailable: 67108864 kB\n"})
    return write


V2 = "sys/fs/cgroup"
V1 = "sys/fs/cgroup/cpu,cpuacct"
QUOTAS = {
    "half a processor": (1, "0::/", {f"{V2}/cpu.max": "50000 100000\n"}),
    "one and a half": (2, "0::/", {f"{V2}/cpu.max": "150000 100000\n"}),
    "four": (4, "0::/", {f"{V2}/cpu.max": "400000 100000"}),
    "no limit": (16, "0::/", {f"{V2}/cpu.max": "max 100000\n"}),
    "more than there are": (16, "0::/", {f"{V2}/cpu.max": "9900000 100000\n"}),
    "a group of its own": (3, "0::/job/7", {f"{V2}/job/7/cpu.max": "300000 100000\n"}),
    "a tighter parent": (
        2,
        "0::/job/7",
        {f"{V2}/job/7/cpu.max": "800000 100000\n", f"{V2}/job/cpu.max": "200000 100000\n"},
    ),
    "a path of the host, seen from inside": (
        1,
        "0::/docker/3f",
        {f"{V2}/cpu.max": "100000 100000\n"},
    ),
    "a path above the root": (1, "0::/../../x", {f"{V2}/cpu.max": "90000 100000\n"}),
    "beside version 1": (2, "1:cpu:/\n0::/", {f"{V2}/unified/cpu.max": "200000 100000\n"}),
    "version 1": (
        1,
        "4:cpu,cpuacct:/",
        {f"{V1}/cpu.cfs_quota_us": "50000\n", f"{V1}/cpu.cfs_period_us": "100000\n"},
    ),
    "version 1, two and a bit, under the controller's own name": (
        3,
        "4:cpu,cpuacct:/docker/3f",
        {
            f"{V2}/cpu/docker/3f/cpu.cfs_quota_us": "210000",
            f"{V2}/cpu/docker/3f/cpu.cfs_period_us": "100000",
        },
    ),
    "version 1, a tighter parent": (
        2,
        "4:cpu,cpuacct:/a/b",
        {
            f"{V1}/a/b/cpu.cfs_quota_us": "-1",
            f"{V1}/a/b/cpu.cfs_period_us": "100000",
            f"{V1}/a/cpu.cfs_quota_us": "200000",
            f"{V1}/a/cpu.cfs_period_us": "100000",
        },
    ),
    "version 1, no limit": (
        16,
        "4:cpu:/",
        {f"{V2}/cpu/cpu.cfs_quota_us": "-1", f"{V2}/cpu/cpu.cfs_period_us": "100000"},
    ),
    "another controller's": (16, "4:cpuset:/", {f"{V2}/cpuset/cpu.max": "100000 100000"}),
    "nonsense": (16, "0::/\nx\n\n:::", {f"{V2}/cpu.max": "half of it\n"}),
    "a period of nothing": (16, "0::/", {f"{V2}/cpu.max": "50000 0\n"}),
    "half a line": (16, "0::/", {f"{V2}/cpu.max": "50000"}),
    "an empty file": (16, "0::/", {f"{V2}/cpu.max": ""}),
}


@pytest.mark.parametrize("case", QUOTAS)
def test_processors_are_those_that_quotas_grant(system, case):
    wanted, groups, files = QUOTAS[case]
    system({"proc/self/cgroup": groups, **files})
    assert processors() == wanted


def test_without_a_list_of_groups_the_root_is_looked_at(system):
    system({f"{V2}/cpu.max": "100000 100000"})
    assert processors() == 1


@pytest.mark.parametrize("name", machine.GRANTS)
@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("1", 1),
        (" 3 ", 3),
        ("64", 16),
        ("0", 16),
        ("-2", 16),
        ("", 16),
        ("four", 16),
        ("1.5", 16),
        ("2(x4)", 2),
    ],
)
def test_processors_are_those_that_a_batch_system_grants(system, monkeypatch, name, value, wanted):
    monkeypatch.setenv(name, value)
    assert processors() == wanted


def test_threads_of_other_libraries_limit_nothing(system, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert processors() == 16


def test_the_fewest_processors_count(system, monkeypatch):
    system({"proc/self/cgroup": "0::/", f"{V2}/cpu.max": "500000 100000"})
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "8")
    assert processors() == 5
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    assert processors() == 1


def test_everything_that_starts_workers_asks_the_same(system, monkeypatch):
    from redline.argument import observations
    from redline.exploration import claims_over_space
    from redline.results import tallies
    from redline.results.storage import estimate

    for module in (claims_over_space, estimate, observations, tallies):
        assert module.processors is processors
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")
    assert tallies.threads_for(None) == processors() == 3
    started = []
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "1")
    monkeypatch.setattr(tallies, "ThreadPoolExecutor", started.append)
    assert len(list(tallies.tallies(tallies.load_scenario("talks_2021"), 4, size=1))) == 4
    assert started == []  # one processor takes no pool


MEMORIES = {
    "what is available": (64 * GIB, "0::/", {}),
    "a container": (
        6 * GIB,
        "0::/",
        {f"{V2}/memory.max": f"{8 * GIB}\n", f"{V2}/memory.current": f"{2 * GIB}\n"},
    ),
    "pages that cache files are given back": (
        7 * GIB,
        "0::/",
        {
            f"{V2}/memory.max": f"{8 * GIB}",
            f"{V2}/memory.current": f"{3 * GIB}",
            f"{V2}/memory.stat": f"anon 5\ninactive_file {2 * GIB}\nactive_file 7\n",
        },
    ),
    "no limit": (64 * GIB, "0::/", {f"{V2}/memory.max": "max", f"{V2}/memory.current": "5"}),
    "a limit that slows down": (
        GIB,
        "0::/",
        {f"{V2}/memory.max": "max", f"{V2}/memory.high": f"{GIB}", f"{V2}/memory.current": "0"},
    ),
    "a tighter parent": (
        GIB,
        "0::/pod/c",
        {
            f"{V2}/pod/c/memory.max": f"{4 * GIB}",
            f"{V2}/pod/memory.max": f"{3 * GIB}",
            f"{V2}/pod/memory.current": f"{2 * GIB}",
        },
    ),
    "version 1": (
        3 * GIB,
        "7:memory:/docker/3f",
        {
            f"{V2}/memory/memory.limit_in_bytes": f"{4 * GIB}",
            f"{V2}/memory/memory.usage_in_bytes": f"{2 * GIB}",
            f"{V2}/memory/memory.stat": f"total_inactive_file {GIB}\n",
        },
    ),
    "version 1, no limit": (
        64 * GIB,
        "7:memory:/",
        {f"{V2}/memory/memory.limit_in_bytes": "9223372036854771712"},
    ),
    "all of it taken": (
        0,
        "0::/",
        {f"{V2}/memory.max": f"{GIB}", f"{V2}/memory.current": f"{2 * GIB}"},
    ),
    "nonsense": (64 * GIB, "0::/", {f"{V2}/memory.max": "plenty"}),
}


@pytest.mark.parametrize("case", MEMORIES)
def test_memory_is_what_limits_leave(system, case):
    wanted, groups, files = MEMORIES[case]
    system({"proc/self/cgroup": groups, **files})
    assert memory() == wanted


@pytest.mark.parametrize(("limit", "place"), [("RLIMIT_AS", 0), ("RLIMIT_DATA", 5)])
def test_limits_of_the_process_count(system, monkeypatch, limit, place):
    pages = ["0"] * 7
    pages[place] = str(GIB // resource.getpagesize())
    system({"proc/self/statm": " ".join(pages)})
    limits = {getattr(resource, limit): (5 * GIB, resource.RLIM_INFINITY)}
    none = (resource.RLIM_INFINITY,) * 2
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits.get(which, none))
    assert memory() == 4 * GIB


def test_where_the_system_says_nothing_all_memory_counts(system, tmp_path):
    (tmp_path / "proc/meminfo").unlink()
    assert memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_disk_is_that_of_the_nearest_folder_there_is(tmp_path, monkeypatch):
    asked = []

    def usage(path):
        asked.append(path)
        return type("Usage", (), {"total": 9, "free": 5})

    monkeypatch.setattr(machine.shutil, "disk_usage", usage)
    assert disk(tmp_path / "not" / "yet" / "there") == 5
    monkeypatch.chdir(tmp_path)
    assert disk(machine.Path("results")) == 5
    assert asked == [tmp_path, tmp_path]


def test_a_file_system_that_does_not_count_limits_nothing(tmp_path, monkeypatch):
    usage = type("Usage", (), {"total": 0, "free": 0})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    assert disk(tmp_path) is None

    def fails(path):
        raise OSError

    monkeypatch.setattr(machine.shutil, "disk_usage", fails)
    assert disk(tmp_path) is None


def test_what_does_not_fit_is_refused_with_what_would(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "memory", lambda: 10 * GIB)
    monkeypatch.setattr(machine, "disk", lambda path: GIB)
    check_room("replicates", 10, memory_each=GIB, disk_each=0.1 * GIB, folder=tmp_path)
    with pytest.raises(InputError) as caught:
        check_room("replicates", 1000, memory_each=GIB, disk_each=GIB / 123, folder=tmp_path)
    assert caught.value.problems == (
        "replicates: 1,000 would take about 1,000.0 GiB of memory, and 10.0 GiB are available: "
        "10 would fit in that",
        "replicates: 1,000 would take about 8.1 GiB of disk, and 1.0 GiB are available: "
        "120 would fit in that",
    )
    with pytest.raises(InputError, match="not even one would fit"):
        check_room("points", 2, memory_each=1, memory_fixed=11 * GIB)
    monkeypatch.setattr(machine, "memory", lambda: None)
    monkeypatch.setattr(machine, "disk", lambda path: None)
    check_room("replicates", 1 << 60, memory_each=GIB, disk_each=GIB, folder=tmp_path)
