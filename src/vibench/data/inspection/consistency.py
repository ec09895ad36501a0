"""Checks of labels against each other and against mechanics; no other method is needed."""

import numpy as np

from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.data.inspection.findings import (
    Finding,
    Level,
    energy_mistakes,
    explain,
    force_mistakes,
)
from vibench.data.inspection.groups import Group, pair_distances, rotations_onto

NET_WARNING = 0.02
"""Net force or torque, relative to its size for unrelated forces, from which on to warn."""
NET_ERROR = 0.2
"""The same, from which on it is an error."""
LEAST_PAIRS = 10
"""Pairs of structures below which work says too little."""
MOST_CANDIDATES = 5000
"""Structures of a molecule among which neighbours are looked for."""
AGREEMENT = 0.8
"""Correlation of energy differences with work above which the slope is trusted."""
SLOPE_TOLERANCE = 0.2
"""Deviation of the logarithm of the slope from 0 that anharmonicity explains."""
RATIO_TOLERANCE = 0.1
"""Deviation of the logarithm of the slope from that of a ratio of units; narrow enough to tell
23.06 (kcal/mol) from 27.21 (hartree)."""


def net_findings(groups: list[Group]) -> list[Finding]:
    """Return net forces Σ F and net torques Σ R × F, which vanish for an isolated molecule.

    Both are given relative to the value that forces of the same size in random directions would
    have, so that 1 means no cancellation at all.
    """
    forced = [group for group in groups if group.forces is not None and len(group.numbers) > 1]
    sums = np.zeros(4)
    for group in forced:
        forces, positions = np.asarray(group.forces), group.positions
        torques = np.cross(positions, forces)
        sums += [
            np.sum(forces.sum(axis=1) ** 2),
            np.sum(forces**2),
            np.sum(torques.sum(axis=1) ** 2),
            np.sum(torques**2),
        ]
    findings = []
    for name, net, total, hint in (
        ("net-force", sums[0], sums[1], "a moving frame, missing atoms or a coarse grid"),
        ("net-torque", sums[2], sums[3], "forces in another orientation or atom order"),
    ):
        if total > 0:
            ratio = float(np.sqrt(net / total))
            level: Level = "info"
            if ratio > NET_WARNING:
                level = "error" if ratio > NET_ERROR else "warning"
            blame = "" if level == "info" else f"; it should vanish, look for {hint}"
            text = f"{name.replace('-', ' ')} is {ratio:.2g} of that of unrelated forces{blame}"
            findings.append(Finding(level, name, text, ratio))
    return findings


def work_findings(groups: list[Group], *, pairs: int, seed: int) -> list[Finding]:
    """Compare energy differences of near structures with the work of the forces between them.

    For two structures of one molecule, the second rotated onto the first,
    ΔE ≈ -½ (F₁ + F₂)·ΔR, exact up to third order in ΔR. The slope of ΔE on the work is robust
    (the median of ΔE/W weighted by |W|). It is -1 if gradients are stored as forces, and the
    ratio of units if energies and forces do not belong together. No order in time is needed.
    """
    work, difference = _work(groups, pairs, seed)
    if len(work) < LEAST_PAIRS:
        text = f"only {len(work)} pairs of structures with energy and forces: work not compared"
        return [Finding("info", "work", text)]
    slope = _weighted_median(difference / work, np.abs(work))
    correlation = float(np.corrcoef(_compressed(work), _compressed(difference))[0, 1])
    numbers = (
        f"energy differences of {len(work)} pairs of near structures are {slope:.4g} times the "
        f"work of the forces (correlation {correlation:.3f})"
    )
    if abs(correlation) < AGREEMENT:
        level: Level = "error" if abs(correlation) < AGREEMENT / 2 else "warning"
        text = (
            f"{numbers}; they do not belong together: another order of atoms or frames, another "
            "method, or structures too far apart"
        )
        return [Finding(level, "energy-force-mismatch", text, correlation)]
    findings = []
    if slope < 0:
        text = (
            f"{numbers}: the sign is wrong; the forces are gradients (set forces_are_gradients = "
            "true), or energies have the wrong sign"
        )
        findings.append(Finding("error", "gradients-as-forces", text, slope))
    if abs(np.log(abs(slope))) > SLOPE_TOLERANCE:
        energies = explain(abs(slope), energy_mistakes(), RATIO_TOLERANCE)
        forces = explain(1 / abs(slope), force_mistakes(), RATIO_TOLERANCE)
        causes = [f"for energies: {energies}"] * bool(energies)
        causes += [f"for forces: {forces}"] * bool(forces)
        text = f"{numbers}; their units do not fit. {'; '.join(causes)}"
        findings.append(Finding("error", "energy-force-unit", text, slope))
    return findings or [Finding("info", "work", numbers, slope)]


def _compressed(values: Array) -> Array:
    """Return signed square roots, so that a few large values do not decide a correlation."""
    return np.asarray(np.sign(values) * np.sqrt(np.abs(values)))


def _work(groups: list[Group], pairs: int, seed: int) -> tuple[Array, Array]:
    work: list[Array] = [np.zeros(0)]
    difference: list[Array] = [np.zeros(0)]
    usable = [
        group
        for group in groups
        if group.energy is not None and group.forces is not None and len(group) > 1
    ]
    for group in usable:
        energy, forces = np.asarray(group.energy), np.asarray(group.forces)
        wanted = max(1, pairs // len(usable))
        first, second = _near_pairs(group, wanted, generator("work", group.name, seed))
        rotation = rotations_onto(group.positions[first], group.positions[second])
        displacement = group.positions[second] @ rotation - group.positions[first]
        mean_force = 0.5 * (forces[first] + forces[second] @ rotation)
        done = -np.sum(mean_force * displacement, axis=(1, 2))
        moved = np.abs(done) > 0
        work.append(done[moved])
        difference.append((energy[second] - energy[first])[moved])
    return np.concatenate(work), np.concatenate(difference)


def _near_pairs(group: Group, wanted: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return random structures and, for each, the one whose interatomic distances are nearest."""
    candidates = random.permutation(len(group))[:MOST_CANDIDATES]
    first = candidates[:wanted]
    distances = pair_distances(group.positions[candidates])
    squares = np.sum(distances**2, axis=1)
    apart = squares[: len(first), None] + squares - 2 * distances[: len(first)] @ distances.T
    np.fill_diagonal(apart, np.inf)
    return first, candidates[apart.argmin(axis=1)]


def _weighted_median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulative, 0.5 * cumulative[-1])])
