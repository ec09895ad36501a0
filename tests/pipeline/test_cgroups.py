"""Limits of containers and queues, in both layouts of control groups."""

import pytest

from vibench.pipeline.cgroups import core_limit, memory_left

GIB = 2**30


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def version_2(tmp_path):
    write(
        tmp_path,
        {
            "membership": "0::/slurm/job\n",
            "cpu.stat": "usage_usec 1\n",
            "slurm/cpu.max": "200000 100000\n",
            "slurm/job/cpu.max": "max 100000\n",
            "slurm/memory.max": "max\n",
            "slurm/memory.current": f"{9 * GIB}\n",
            "slurm/job/memory.max": f"{4 * GIB}\n",
            "slurm/job/memory.current": f"{3 * GIB}\n",
            "slurm/job/memory.stat": f"anon 1\ninactive_file {GIB}\nactive_file 2\n",
        },
    )
    return tmp_path / "membership", tmp_path


@pytest.fixture
def version_1(tmp_path):
    write(
        tmp_path,
        {
            "membership": "4:memory:/docker/a\n1:cpu,cpuacct:/docker/a\n0::/\n",
            "cpu/cpu.cfs_quota_us": "-1\n",
            "cpu/cpu.cfs_period_us": "100000\n",
            "cpu/docker/a/cpu.cfs_quota_us": "150000\n",
            "cpu/docker/a/cpu.cfs_period_us": "100000\n",
            "memory/memory.limit_in_bytes": "9223372036854771712\n",
            "memory/memory.usage_in_bytes": f"{9 * GIB}\n",
            "memory/docker/a/memory.limit_in_bytes": f"{2 * GIB}\n",
            "memory/docker/a/memory.usage_in_bytes": f"{GIB}\n",
            "memory/docker/a/memory.stat": f"cache 7\ntotal_inactive_file {GIB // 2}\n",
        },
    )
    return tmp_path / "membership", tmp_path


def test_the_smallest_limit_of_the_groups_above_holds(version_2):
    assert core_limit(*version_2) == 2.0
    assert memory_left(*version_2) == 2 * GIB


def test_the_older_layout(version_1):
    assert core_limit(*version_1) == 1.5
    assert memory_left(*version_1) == 1.5 * GIB


def test_without_limits_or_without_groups_there_is_none(tmp_path):
    write(tmp_path, {"membership": "0::/\n", "cpu.max": "max 100000\n"})
    for membership in (tmp_path / "membership", tmp_path / "nowhere"):
        assert core_limit(membership, tmp_path) is None
        assert memory_left(membership, tmp_path) is None
