# SPDX-License-Identifier: Apache-2.0
"""How many threads are useful: cores, affinity and control groups of made trees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blas_probe.library import Library
from blas_probe.threads.cgroup import Quota, cpu_quota
from blas_probe.threads.facts import MachineFacts
from blas_probe.threads.machine import cpu_name, machine_facts, usable
from blas_probe.threads.words import about_machine, about_threads

V1 = "32 31 0:29 {root} {point} rw,relatime shared:9 - cgroup cgroup rw,{controllers}"
V2 = "24 31 0:38 {root} {point} rw,relatime - cgroup2 cgroup2 rw"
V2_MOUNT = V2.format(root="/", point="/sys/fs/cgroup")
V1_MOUNT = V1.format(root="/", point="/sys/fs/cgroup/cpu,cpuacct", controllers="cpu,cpuacct")
CPU1 = "/sys/fs/cgroup/cpu,cpuacct"

Files = dict[str, str]

# id, mountinfo, /proc/self/cgroup, files, (CPUs, file that says so)
TREES: list[tuple[str, list[str], str, Files, tuple[float, str] | None]] = [
    ("no_cgroups", [], "", {}, None),
    ("v2_without_limit", [V2_MOUNT], "0::/a", {"/sys/fs/cgroup/a/cpu.max": "max 100000"}, None),
    (
        "v2_own_group", [V2_MOUNT], "0::/a/b",
        {"/sys/fs/cgroup/a/b/cpu.max": "150000 100000"},
        (1.5, "/sys/fs/cgroup/a/b/cpu.max"),
    ),
    (
        "v2_an_ancestor_is_tighter", [V2_MOUNT], "0::/a/b",
        {
            "/sys/fs/cgroup/a/b/cpu.max": "400000 100000",
            "/sys/fs/cgroup/a/cpu.max": "200000 100000",
        },
        (2.0, "/sys/fs/cgroup/a/cpu.max"),
    ),
    (
        "v2_namespace_shows_the_own_group_as_root", [V2_MOUNT], "0::/",
        {"/sys/fs/cgroup/cpu.max": "50000 100000"},
        (0.5, "/sys/fs/cgroup/cpu.max"),
    ),
    (
        "v2_group_outside_the_namespace", [V2_MOUNT], "0::/../../other",
        {"/sys/fs/cgroup/cpu.max": "300000 100000"},
        (3.0, "/sys/fs/cgroup/cpu.max"),
    ),
    (
        "v2_period_left_out", [V2_MOUNT], "0::/", {"/sys/fs/cgroup/cpu.max": "250000"},
        (2.5, "/sys/fs/cgroup/cpu.max"),
    ),
    (
        "v2_mount_shows_a_group_of_the_host",
        [V2.format(root="/docker/x", point="/sys/fs/cgroup")], "0::/docker/x/job",
        {"/sys/fs/cgroup/job/cpu.max": "100000 100000"},
        (1.0, "/sys/fs/cgroup/job/cpu.max"),
    ),
    (
        "v1_limit", [V1_MOUNT], "4:cpu,cpuacct:/a",
        {f"{CPU1}/a/cpu.cfs_quota_us": "600000\n", f"{CPU1}/a/cpu.cfs_period_us": "200000\n"},
        (3.0, f"{CPU1}/a/cpu.cfs_quota_us"),
    ),
    (
        "v1_without_limit", [V1_MOUNT], "4:cpu,cpuacct:/a",
        {f"{CPU1}/a/cpu.cfs_quota_us": "-1", f"{CPU1}/a/cpu.cfs_period_us": "100000"},
        None,
    ),
    (
        "v1_container_mounts_its_own_group",
        [V1.format(root="/docker/x", point="/sys/fs/cgroup/cpu", controllers="cpu")],
        "3:cpuset:/docker/x\n1:cpu:/docker/x",
        {
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000",
            "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
        },
        (2.0, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    ),
    (
        "v1_other_controllers_do_not_count",
        [V1.format(root="/", point="/sys/fs/cgroup/cpuset", controllers="cpuset")],
        "3:cpuset:/",
        {
            "/sys/fs/cgroup/cpuset/cpu.cfs_quota_us": "200000",
            "/sys/fs/cgroup/cpuset/cpu.cfs_period_us": "100000",
        },
        None,
    ),
    (
        "hybrid_takes_the_tighter_of_both",
        [V1_MOUNT, V2.format(root="/", point="/sys/fs/cgroup/unified")],
        "1:cpu,cpuacct:/\n0::/u",
        {
            f"{CPU1}/cpu.cfs_quota_us": "400000", f"{CPU1}/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/unified/u/cpu.max": "100000 50000",
        },
        (2.0, "/sys/fs/cgroup/unified/u/cpu.max"),
    ),
    (
        "a_blank_in_the_mount_point",
        [V2.format(root="/", point="/mnt/control\\040groups")], "0::/",
        {"/mnt/control groups/cpu.max": "100000 100000"},
        (1.0, "/mnt/control groups/cpu.max"),
    ),
]  # fmt: skip
NONSENSE = ["", "max", "a b", "100000 0", "-5 100000", "0 100000", "1 2 3 4 \0", "99999999999999 x"]


def tree(root: Path, mounts: list[str], groups: str, files: Files) -> Path:
    """A file system with these mounts, groups and files."""
    own = {"/proc/self/mountinfo": "\n".join(mounts), "/proc/self/cgroup": groups}
    for name, text in {**own, **files}.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("row", TREES, ids=[row[0] for row in TREES])
def test_the_tightest_limit_of_the_groups_counts(
    tmp_path: Path, row: tuple[str, list[str], str, Files, tuple[float, str] | None]
) -> None:
    """Both versions, with and without namespaces, from the own group up to the mount."""
    _, mounts, groups, files, expected = row

    assert cpu_quota(tree(tmp_path, mounts, groups, files)) == (expected and Quota(*expected))


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_in_a_limit_is_no_limit(tmp_path: Path, text: str) -> None:
    """A damaged file never ends the probe and never invents a limit."""
    root = tree(tmp_path, [V2_MOUNT], "0::/", {"/sys/fs/cgroup/cpu.max": text})

    assert cpu_quota(root) is None


HIDDEN = [("own_group", "0::/", "a/b"), ("above", "0::/..", "a"), ("below", "0::/c", "a/b/c")]


@pytest.mark.parametrize(("group", "place"), [h[1:] for h in HIDDEN], ids=[h[0] for h in HIDDEN])
def test_a_mount_from_outside_the_namespace_is_searched(
    tmp_path: Path, group: str, place: str
) -> None:
    """The names of the groups between are hidden; the one that lists the process is its own."""
    point = "/sys/fs/cgroup"
    files = {
        f"{point}/{place}/cgroup.procs": "7\n42\n", f"{point}/a/cpu.max": "300000 100000",
        f"{point}/{place}/cpu.max": "100000 100000", f"{point}/a/other/cgroup.procs": "8",
        f"{point}/a/other/cpu.max": "50000 100000", f"{point}/cpu.max": "400000 100000",
    }  # fmt: skip
    root = tree(tmp_path, [V2.format(root="/../..", point=point)], group, files)
    (root / "proc/self").rename(root / "proc/42")
    (root / "proc/self").symlink_to("42")

    assert cpu_quota(root) == Quota(1.0, f"{point}/{place}/cpu.max")


def test_nonsense_in_the_lists_is_skipped(tmp_path: Path) -> None:
    """Lines of another shape are passed over; the good one still counts."""
    files = {"/sys/fs/cgroup/cpu.max": "200000 100000"}
    mounts = ["", "x", "a - b", "1 2 3 - cgroup2", V2_MOUNT]

    assert cpu_quota(tree(tmp_path, mounts, "\nx\n::\n0::/", files)) is not None


USABLE = [
    ("cores_alone", 8, None, None, (8, "cores")),
    ("affinity", 64, 4, None, (4, "affinity")),
    ("quota", 64, 64, 2.0, (2, "quota")),
    ("part_of_a_cpu_is_rounded_down", 64, 64, 3.9, (3, "quota")),
    ("less_than_one_cpu", 64, 64, 0.2, (1, "quota")),
    ("quota_beyond_the_cores", 4, 4, 16.0, (4, "cores")),
    ("nothing_known", None, None, None, (1, "unknown")),
]


@pytest.mark.parametrize(
    ("cores", "affinity", "quota", "expected"), [r[1:] for r in USABLE], ids=[r[0] for r in USABLE]
)
def test_the_smallest_limit_gives_the_threads(
    cores: int | None, affinity: int | None, quota: float | None, expected: tuple[int, str]
) -> None:
    """At least one thread, never more than any limit allows."""
    assert expected == usable(cores=cores, affinity=affinity, quota=quota)


CPUS = [
    ("x86", "processor\t: 0\nmodel name\t: A  CPU @ 2GHz\nmodel name\t: other\n", "A CPU @ 2GHz"),
    ("arm", "CPU implementer\t: 0x41\nCPU part\t: 0xd40\n", "implementer 0x41 part 0xd40"),
    ("riscv", "isa\t: rv64gc\nuarch\t: sifive,u74\n", "sifive,u74"),
    ("power", "cpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
    ("empty", "", None),
]


@pytest.mark.parametrize(("text", "name"), [r[1:] for r in CPUS], ids=[r[0] for r in CPUS])
def test_the_processor_has_a_name(text: str, name: str | None) -> None:
    """Each architecture tells it in lines of its own."""
    assert name == cpu_name(text)


WORDS = [
    (
        "plain", MachineFacts(cpu="A CPU", libc="musl", cores=8, affinity=8, usable_threads=8),
        "Machine: A CPU, musl; 8 CPUs; 8 threads are useful (by its CPUs)",
    ),
    (
        "held", MachineFacts(
            machine="riscv64", cores=64, affinity=32, quota=1.5, quota_source="/c/cpu.max",
            usable_threads=1, limited_by="quota",
        ),
        "Machine: riscv64; 64 CPUs, 32 of them for this process, time of 1.5 by /c/cpu.max; "
        "1 thread is useful (by the quota of its control group)",
    ),
    (
        "silent", MachineFacts(limited_by="unknown"),
        "Machine: unknown; an unknown number of CPUs; 1 thread is useful",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), [r[1:] for r in WORDS], ids=[r[0] for r in WORDS])
def test_the_machine_is_told_in_one_line(facts: MachineFacts, words: str) -> None:
    """What it is, what it allows, what sets the limit."""
    assert words == about_machine(facts)


def test_this_machine_is_described() -> None:
    """The record is complete, plain data, and consistent with itself."""
    facts = machine_facts()

    assert facts.usable_threads >= 1
    assert facts.cores is None or facts.usable_threads <= facts.cores
    assert facts.system in ("linux", "macos", "windows")
    assert MachineFacts(**json.loads(json.dumps(facts.__dict__))) == facts


def test_what_is_behind_a_thread_layer_is_told_in_words(library: Callable[..., Library]) -> None:
    """Run-time, limit of the build and the fork test; nothing when there is nothing."""
    one = library(
        thread_layer="openmp", thread_runtimes=("/lib/libgomp.so.1", "/lib/libone.so"),
        max_threads=64, after_fork="hangs",
    )  # fmt: skip

    assert about_threads(one) == (
        "threads by libgomp.so.1, itself; at most 64 threads; after a fork: hangs"
    )
    assert about_threads(library(max_threads=1)) == ""
