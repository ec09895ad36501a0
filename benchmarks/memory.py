"""Largest memory of a process that evaluates one batch, by code."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from benchmarks.choice import Choice
from benchmarks.contenders import code_of, contenders, distorted

_CASE = "energy, forces"
_CALLS = 3
_PROGRAM = "import json, sys\nfrom benchmarks.memory import growth\n"
_PROGRAM += "print(growth(**json.loads(sys.argv[1])))"


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Memory of one code in one case."""

    case: str
    architecture: str
    molecule: str
    batch: int
    dtype: str
    implementation: str
    upstream: str | None
    growth_mib: float
    """By how much the process grows in its first evaluations of the batch."""
    ratio: float | None = None
    """That of the other code divided by this one's."""


def memory(choice: Choice) -> Iterator[list[MemoryRow]]:
    """Measure every code in a process of its own."""
    for architecture in choice.architectures:
        for molecule in choice.molecules:
            for batch in choice.batches:
                place = {"architecture": architecture, "molecule": molecule, "batch": batch}
                place |= {"dtype": choice.dtype}
                other = code_of(architecture)
                here, there = (
                    _in_a_process(code=code, size=choice.size, **place)
                    for code in ("vibench", other)
                )
                yield [
                    MemoryRow(
                        _CASE,
                        **place,
                        implementation="vibench",
                        upstream=other,
                        growth_mib=here,
                        ratio=there / here if here else None,
                    ),
                    MemoryRow(
                        _CASE, **place, implementation=other, upstream=None, growth_mib=there
                    ),
                ]


def growth(
    *, code: str, architecture: str, molecule: str, batch: int, size: str, dtype: str
) -> float:
    """Return by how many MiB this process grows when it evaluates a batch a few times.

    Both codes are called with one molecule beforehand, so that their libraries do not count.
    """
    torch.set_num_threads(1)
    settings = {"size": size, "dtype": getattr(torch, dtype)}
    warm = contenders(architecture, _CASE, distorted(molecule, 1), **settings)
    for name in ("vibench", code_of(architecture)):
        warm[name]()
    call = contenders(architecture, _CASE, distorted(molecule, batch), **settings)[code]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(_CALLS):
        call()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def _in_a_process(**case: object) -> float:
    command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, json.dumps(case)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return float(done.stdout.split()[-1])
