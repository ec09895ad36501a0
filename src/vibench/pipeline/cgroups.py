"""Limits that containers and queues set on a process, which Linux keeps as control groups.

Both layouts are read: version 2 (one tree) and version 1 (a tree per resource). Limits hold for all
groups above that of the process, too. See the kernel's documentation, admin-guide/cgroup-v2 and
admin-guide/cgroup-v1.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_MEMBERSHIP = Path("/proc/self/cgroup")
_ROOT = Path("/sys/fs/cgroup")
_NO_LIMIT = 2**60
"""Bytes above which a limit stands for none; version 1 writes the largest number it has."""


def core_limit(membership: Path = _MEMBERSHIP, root: Path = _ROOT) -> float | None:
    """Return how many cores' worth of processor time this process may use, None without a limit."""
    limits = []
    for group in _groups("cpu", membership, root):
        newer = _words(group / "cpu.max")
        older = _words(group / "cpu.cfs_quota_us") + _words(group / "cpu.cfs_period_us")
        for quota, period in (words for words in (newer, older) if words):
            if quota not in {"max", "-1"}:
                limits.append(int(quota) / int(period))
    return min(limits, default=None)


def memory_left(membership: Path = _MEMBERSHIP, root: Path = _ROOT) -> int | None:
    """Return how many bytes below its limit this process and its groups are, None without a limit.

    Cached files count as free, as they give way.
    """
    left = []
    for group in _groups("memory", membership, root):
        for limit, usage, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            most, used = _words(group / limit), _words(group / usage)
            if most and used and most[0] != "max" and int(most[0]) < _NO_LIMIT:
                words = _words(group / "memory.stat")
                cached = int(words[words.index(cache) + 1]) if cache in words else 0
                left.append(int(most[0]) - int(used[0]) + cached)
    return min(left, default=None)


def _groups(resource: str, membership: Path, root: Path) -> Iterator[Path]:
    """Yield the folders of the group of this process and of all above it."""
    with suppress(FileNotFoundError):
        for line in membership.read_text(encoding="utf-8").splitlines():
            _, resources, path = line.split(":", maxsplit=2)
            if resources and resource not in resources.split(","):
                continue
            top = root / resource if resources else root
            group = top / path.lstrip("/")
            yield from (one for one in (group, *group.parents) if one.is_relative_to(top))


def _words(file: Path) -> list[str]:
    """Return the words of a file, none if it is not there."""
    try:
        return file.read_text(encoding="utf-8").split()
    except OSError:
        return []
