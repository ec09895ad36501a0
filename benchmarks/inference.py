"""Energies, forces and dipoles of a batch, evaluated again and again as in dynamics."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.choice import Choice
from benchmarks.contenders import CASES, code_of, contenders, distorted
from benchmarks.rows import Row, row_of, with_ratios
from benchmarks.timing import interleaved

_LARGEST_SO3NET: Final = 600
"""Atoms beyond which SchNetPack's SO3net needs tens of GiB: vibench is timed alone there."""


def inference(choice: Choice) -> Iterator[list[Row]]:
    """Time every case; yield its rows, vibench first."""
    for architecture in choice.architectures:
        for case in CASES:
            for molecule in choice.molecules:
                for batch in choice.batches:
                    yield _measured(choice, architecture, case, molecule, batch)


def _measured(choice: Choice, architecture: str, case: str, molecule: str, batch: int) -> list[Row]:
    dtype = getattr(torch, choice.dtype)
    molecules = distorted(molecule, batch)
    codes = contenders(architecture, case, molecules, size=choice.size, dtype=dtype)
    other = code_of(architecture)
    if architecture == "so3net" and molecules.n_atoms > _LARGEST_SO3NET:
        del codes[other]
    forces = {name: call() for name, call in codes.items()}
    with FlopCounterMode(display=False) as counter:
        codes["vibench"]()
    times = interleaved(codes, seconds=choice.seconds)
    rate = 1e-6 * counter.get_total_flops() / float(np.median(times["vibench"]))
    expected = forces.get(other, forces["vibench"])
    largest = np.abs(expected).max()
    rows = [
        row_of(
            times[name],
            per=batch,
            case=case,
            architecture=architecture,
            molecule=molecule,
            batch=batch,
            dtype=choice.dtype,
            threads=choice.threads,
            implementation=name,
            upstream=against,
            gflops=rate if name == "vibench" else None,
            deviation=float(np.abs(forces[name] - expected).max() / largest),
        )
        for name in codes
        for against in ([*codes][1:] or [None] if name == "vibench" else [None])
    ]
    return with_ratios(rows)
