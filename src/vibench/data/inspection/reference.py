"""Comparison with a cheap reference method on a few structures."""

from dataclasses import dataclass

import numpy as np

from vibench.core.dataset import Dataset, subset
from vibench.core.molecules import Array
from vibench.core.properties import Properties
from vibench.core.protocols import Potential
from vibench.core.streams import generator
from vibench.data.completeness import lost_frames
from vibench.data.inspection.atom_order import atom_order_findings
from vibench.data.inspection.findings import (
    Finding,
    dipole_mistakes,
    energy_mistakes,
    explain,
    force_mistakes,
)
from vibench.data.inspection.groups import Group, group_molecules, rotations_onto

FACTOR_TOLERANCE = 0.4
"""Deviation of the logarithm of a slope that the reference's own error explains."""
LIKENESS = 0.7
"""Correlation with the reference below which labels are not those of the molecule."""
SUSPICION = 0.93
"""Correlation of forces below which exchanges of atoms are tried."""
SMALL_DIPOLE = 0.05
"""Dipoles in e·Å below which the reference says nothing about them."""
LEAST_FOR_MEAN = 5
"""Structures of a molecule from which on the mean of each is taken off before comparing."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A label against the reference: least-squares slope through the origin, and correlation."""

    slope: float
    """Label over reference."""
    correlation: float
    """Cosine between label and reference."""
    n: int
    """Numbers compared."""


def reference_findings(
    dataset: Dataset, reference: Potential, *, sample: int, seed: int
) -> list[Finding]:
    """Compare labels of up to *sample* structures with a *reference* method.

    Forces are compared as fluctuations about their mean in the frame of the molecule, so that
    the different equilibrium geometries of two methods do not matter; energies as differences.
    The errors of a semiempirical reference (tens of per cent) are far below the factors that
    mistakes of units make.
    """
    labelled = subset(dataset, _sample(group_molecules(dataset), sample, seed))
    predicted = Dataset(
        labelled.molecules, reference(labelled.molecules), reference.name, labelled.trajectory_index
    )
    lost = lost_frames(predicted)
    findings = []
    if lost.size:
        text = f"{reference.name} fails for {lost.size} of {len(labelled)} structures tried"
        findings.append(Finding("warning", "reference-fails", text, float(lost.size)))
    kept = np.setdiff1d(np.arange(len(labelled)), lost)
    if not kept.size:
        return findings
    labelled, predicted = subset(labelled, kept), subset(predicted, kept)
    forces = compare_forces(labelled, predicted)
    if forces is not None and -LIKENESS < forces.correlation < SUSPICION:
        order = atom_order_findings(labelled, predicted, reference, compare_forces)
        if order or forces.correlation < LIKENESS:
            return [*findings, *(order or [_unlike(forces, reference.name)])]
    findings += _force_findings(forces, reference.name)
    findings += _energy_findings(labelled, predicted, reference.name)
    return findings + _dipole_findings(labelled.properties, predicted.properties, reference.name)


def compare_forces(labelled: Dataset, predicted: Dataset) -> Comparison | None:
    """Compare forces of two data sets of the same structures, as `reference_findings` says."""
    pairs = []
    for mine, other in zip(group_molecules(labelled), group_molecules(predicted), strict=True):
        if mine.forces is None or other.forces is None:
            return None
        turned = rotations_onto(
            np.broadcast_to(mine.positions[0], mine.positions.shape), mine.positions
        )
        left, right = mine.forces @ turned, other.forces @ turned
        if len(mine) >= LEAST_FOR_MEAN:
            left, right = left - left.mean(axis=0), right - right.mean(axis=0)
        pairs.append((left.ravel(), right.ravel()))
    return _compare(pairs)


def _compare(pairs: list[tuple[Array, Array]]) -> Comparison | None:
    if not pairs:
        return None
    label, reference = (np.concatenate(side) for side in zip(*pairs, strict=True))
    square, other = float(reference @ reference), float(label @ label)
    if square == 0 or other == 0:
        return None
    product = float(label @ reference)
    return Comparison(product / square, product / np.sqrt(square * other), len(label))


def _sample(groups: list[Group], sample: int, seed: int) -> Array:
    random = generator("inspect", seed)
    share = max(LEAST_FOR_MEAN, sample // len(groups))
    chosen = [random.permutation(group.index)[:share] for group in groups]
    return np.sort(np.concatenate(chosen)[:sample])


def _force_findings(found: Comparison | None, name: str) -> list[Finding]:
    if found is None:
        return []
    numbers = (
        f"forces are {found.slope:.3g} times those of {name} (correlation {found.correlation:.3f})"
    )
    if found.slope < 0:
        text = f"{numbers}: they are gradients; set forces_are_gradients = true"
        return [Finding("error", "gradients-as-forces", text, found.slope)]
    return [_unit_finding("force", numbers, found.slope, force_mistakes())]


def _unlike(found: Comparison, name: str) -> Finding:
    text = (
        f"forces do not resemble those of {name} (correlation {found.correlation:.2f}): another "
        "order of atoms, orientation or frame, or other structures"
    )
    return Finding("error", "force-mismatch", text, found.correlation)


def _energy_findings(labelled: Dataset, predicted: Dataset, name: str) -> list[Finding]:
    pairs = [
        (mine.energy - mine.energy.mean(), other.energy - other.energy.mean())
        for mine, other in zip(group_molecules(labelled), group_molecules(predicted), strict=True)
        if mine.energy is not None and other.energy is not None and len(mine) >= LEAST_FOR_MEAN
    ]
    found = _compare(pairs)
    if found is None:
        return []
    numbers = (
        f"energy differences are {found.slope:.3g} times those of {name} "
        f"(correlation {found.correlation:.3f})"
    )
    if abs(found.correlation) < LIKENESS:
        text = f"{numbers}: energies may belong to other structures"
        return [Finding("warning", "energy-mismatch", text, found.correlation)]
    if found.slope < 0:
        text = f"{numbers}: energies have the wrong sign"
        return [Finding("error", "energy-sign", text, found.slope)]
    return [_unit_finding("energy", numbers, found.slope, energy_mistakes())]


def _dipole_findings(
    labelled: Properties[Array], predicted: Properties[Array], name: str
) -> list[Finding]:
    if labelled.dipole is None or predicted.dipole is None:
        return []
    found = _compare([(labelled.dipole.ravel(), predicted.dipole.ravel())])
    size = float(np.sqrt(np.mean(np.sum(predicted.dipole**2, axis=1))))
    if found is None or size < SMALL_DIPOLE:
        text = f"dipoles of {name} are too small ({size:.3f} e·Å) to judge the unit by"
        return [Finding("info", "dipole-unit-unknown", text, size)]
    numbers = (
        f"dipoles are {found.slope:.3g} times those of {name} (correlation {found.correlation:.3f})"
    )
    if abs(found.correlation) < LIKENESS:
        text = f"{numbers}: another orientation, another origin for an ion, or other structures"
        return [Finding("error", "dipole-mismatch", text, found.correlation)]
    if found.slope < 0:
        text = f"{numbers}: they point from plus to minus; the convention here is minus to plus"
        return [Finding("error", "dipole-sign", text, found.slope)]
    return [_unit_finding("dipole", numbers, found.slope, dipole_mistakes())]


def _unit_finding(kind: str, numbers: str, slope: float, mistakes: dict[str, float]) -> Finding:
    if abs(np.log(slope)) <= FACTOR_TOLERANCE:
        return Finding("info", f"{kind}-scale", numbers, slope)
    cause = explain(slope, mistakes, FACTOR_TOLERANCE)
    if cause:
        return Finding("error", f"{kind}-unit", f"{numbers}, as for {cause}", slope)
    return Finding("warning", f"{kind}-unit", f"{numbers}, which no unit explains", slope)
