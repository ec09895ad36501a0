"""Counts, ranges, duplicates, outliers, and geometries that no molecule has."""

import numpy as np
from ase.data import chemical_symbols, covalent_radii
from scipy.spatial import cKDTree

from vibench.core.dataset import Dataset
from vibench.core.molecules import Array
from vibench.core.units import BOHR, LENGTH_UNITS
from vibench.data.completeness import incomplete_frames, missing_labels
from vibench.data.inspection.findings import Finding, Level, explain
from vibench.data.inspection.groups import Group, pair_distances
from vibench.data.raw import LABELS

DUPLICATE_ANGSTROM = 1e-5
"""Distance in Å, over all interatomic distances together, below which structures are copies."""
CONFLICT_EV = 1e-3
"""Energies of duplicates that differ more than this contradict each other."""
OUTLIER_SPANS = 10.0
"""Outliers lie this many times the span of the middle 90 % away from the median."""
LENGTH_TOLERANCE = 0.25
"""Deviation of the logarithm of a bond length over the sum of radii that bonds explain."""
CLOSE_CONTACT = 0.5
"""Atoms nearer than this fraction of the sum of their covalent radii are on top of each other."""
LOOSE_CONTACT = 2.0
"""An atom whose nearest neighbour is farther than this times the sum of radii is on its own."""


def count_findings(dataset: Dataset, groups: list[Group]) -> list[Finding]:
    """Return how many structures of what there are, and the range of each label."""
    elements = ", ".join(chemical_symbols[z] for z in np.unique(dataset.molecules.numbers))
    listing = ", ".join(f"{group.name} ({len(group)})" for group in groups[:8])
    text = (
        f"{len(dataset)} structures of {len(groups)} molecules: {listing}"
        f"{', …' if len(groups) > 8 else ''}; elements {elements}; "
        f"labels {', '.join(sorted(dataset.properties.available()))}; "
        f"{len(np.unique(dataset.trajectory_index))} independent trajectories"
    )
    findings = [Finding("info", "counts", text, float(len(dataset)))]
    for name, unit in zip(LABELS, ("eV", "eV/Å", "e·Å"), strict=True):
        value = getattr(dataset.properties, name)
        if value is not None:
            size = value if name == "energy" else np.linalg.norm(value, axis=1)
            what = name if name == "energy" else f"length of {name}"
            text = f"{what} from {size.min():.6g} to {size.max():.6g} {unit}"
            findings.append(Finding("info", f"{name}-range", text, float(size.max())))
    return findings


def finite_findings(dataset: Dataset) -> list[Finding]:
    """Return an error for each quantity that is not finite somewhere.

    A label of which a structure has no number at all is missing, which is none.
    """
    findings = []
    missing = missing_labels(dataset)
    for name, rows in missing.items():
        text = (
            f"{len(rows)} of {len(dataset)} structures have no {name}, first structure {rows[0]}; "
            "they are left out of all other checks"
        )
        findings.append(Finding("info", "missing-labels", text, float(len(rows))))
    for name, faulty in incomplete_frames(dataset).items():
        rows = np.setdiff1d(faulty, missing.get(name, ()))
        if not rows.size:
            continue
        text = (
            f"{name} is not a finite number in {len(rows)} of {len(dataset)} structures, first in "
            f"structure {rows[0]}; they are left out of all other checks"
        )
        findings.append(Finding("error", "not-finite", text, float(len(rows))))
    return findings


def duplicate_findings(groups: list[Group]) -> list[Finding]:
    """Return structures that occur more than once up to rotation, and labels that contradict."""
    findings = []
    for group in groups:
        if len(group) < 2 or len(group.numbers) < 2:
            continue
        distances = pair_distances(group.positions)
        pairs = cKDTree(distances).query_pairs(DUPLICATE_ANGSTROM, output_type="ndarray")
        if not len(pairs):
            continue
        first = tuple(group.index[pairs[0]].tolist())
        text = (
            f"{group.name}: {len(np.unique(pairs[:, 1]))} of {len(group)} structures are copies, "
            f"e.g. {first[0]} and {first[1]}; copies in training and test make errors look small"
        )
        findings.append(Finding("warning", "duplicates", text, float(len(pairs))))
        if group.energy is None:
            continue
        difference = np.abs(group.energy[pairs[:, 0]] - group.energy[pairs[:, 1]])
        if difference.max() > CONFLICT_EV:
            worst = group.index[pairs[difference.argmax()]]
            text = (
                f"{group.name}: structures {worst[0]} and {worst[1]} are copies, but their "
                f"energies differ by {difference.max():.4g} eV"
            )
            findings.append(
                Finding("error", "conflicting-duplicates", text, float(difference.max()))
            )
    return findings


def outlier_findings(groups: list[Group]) -> list[Finding]:
    """Return energies and forces far beyond those of the other structures of a molecule."""
    findings = []
    for group in groups:
        quantities: list[tuple[str, Array | None, str]] = [("energy", group.energy, "eV")]
        if group.forces is not None:
            largest = np.linalg.norm(group.forces, axis=2).max(axis=1)
            quantities.append(("largest force", largest, "eV/Å"))
        for name, value, unit in quantities:
            if value is None or len(value) < 10:
                continue
            low, middle, high = np.quantile(value, [0.05, 0.5, 0.95])
            distance = np.abs(value - middle)
            far = np.flatnonzero(distance > OUTLIER_SPANS * max(high - low, 1e-9))
            if far.size:
                worst = int(distance.argmax())
                text = (
                    f"{group.name}: {name} of {far.size} structures is far from all others, most "
                    f"in structure {group.index[worst]}: {value[worst]:.6g} {unit}, while 90 % lie "
                    f"between {low:.6g} and {high:.6g}"
                )
                findings.append(Finding("warning", "outliers", text, float(far.size)))
    return findings


def contact_findings(groups: list[Group]) -> list[Finding]:
    """Return bond lengths that speak for a wrong length unit, close contacts and loose atoms."""
    findings: list[Finding] = []
    for group in groups:
        if len(group.numbers) < 2:
            continue
        nearest = _nearest_contacts(group)
        typical = float(np.median(nearest))
        mistakes = {
            "positions in bohr declared as angstrom": 1 / BOHR,
            "positions in angstrom declared as bohr": BOHR,
            "positions in nm declared as angstrom": 1 / LENGTH_UNITS["nm"],
            "positions in angstrom declared as nm": LENGTH_UNITS["nm"],
        }
        found = explain(typical, mistakes, LENGTH_TOLERANCE)
        if found:
            text = (
                f"{group.name}: nearest neighbours are {typical:.2f} times as far apart as "
                f"covalent radii say, as for {found}"
            )
            findings.append(Finding("error", "length-unit", text, typical))
            continue
        findings += _contact(
            "error",
            "close-contact",
            "atoms on top of others",
            group,
            nearest.min(axis=1) < CLOSE_CONTACT,
        )
        findings += _contact(
            "warning",
            "loose-atom",
            "an atom without neighbour",
            group,
            nearest.max(axis=1) > LOOSE_CONTACT,
        )
    return findings


def _contact(level: Level, name: str, words: str, group: Group, bad: Array) -> list[Finding]:
    if not bad.any():
        return []
    text = (
        f"{group.name}: {int(bad.sum())} of {len(group)} structures have {words}, first "
        f"structure {group.index[bad.argmax()]}"
    )
    return [Finding(level, name, text, float(bad.sum()))]


def _nearest_contacts(group: Group) -> Array:
    """Return (structures, atoms) nearest-neighbour distance over the sum of covalent radii."""
    atoms = len(group.numbers)
    radii = covalent_radii[group.numbers]
    first, second = np.triu_indices(atoms, 1)
    ratio = np.full((len(group), atoms, atoms), np.inf)
    ratio[:, first, second] = pair_distances(group.positions) / (radii[first] + radii[second])
    ratio[:, second, first] = ratio[:, first, second]
    return np.asarray(ratio.min(axis=2))
