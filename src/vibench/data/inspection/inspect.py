"""The inspection of a data set from beginning to end.

Names of findings that are errors or warnings:

====================== =======================================================
error or warning       meaning
====================== =======================================================
not-finite             NaN or infinity in positions or labels
duplicates             structures that are copies of others up to rotation
conflicting-duplicates copies with different energies
outliers               energies or forces far from all others
length-unit            bond lengths off by a ratio of units
close-contact          atoms on top of each other
loose-atom             an atom without a neighbour
net-force, net-torque  forces do not cancel
gradients-as-forces    forces have the wrong sign
energy-force-unit      energies and forces in units that do not fit each other
energy-force-mismatch  energies and forces that do not belong together
energy-unit, -sign     energies against the reference method
force-unit             forces against the reference method
dipole-unit, -sign     dipoles against the reference method
dipole-mismatch        dipoles in another orientation or of other structures
atom-order             two atoms exchanged in positions, elements or forces
force-mismatch         forces unlike the reference for another reason
====================== =======================================================
"""

from typing import Annotated

from pydantic import Field

from vibench.core.dataset import Dataset
from vibench.core.errors import InputError
from vibench.core.protocols import Potential
from vibench.core.recipe import Recipe
from vibench.data.completeness import lost_frames, without
from vibench.data.inspection.consistency import net_findings, work_findings
from vibench.data.inspection.findings import Finding
from vibench.data.inspection.geometry import (
    contact_findings,
    count_findings,
    duplicate_findings,
    finite_findings,
    outlier_findings,
)
from vibench.data.inspection.groups import group_molecules
from vibench.data.inspection.reference import reference_findings


class InspectRecipe(Recipe):
    """How much of a data set to look at."""

    sample: Annotated[int, Field(gt=0)] = 60
    """Structures compared with the reference method."""
    pairs: Annotated[int, Field(gt=0)] = 400
    """Pairs of structures whose energy difference is compared with the work of the forces."""
    seed: int = 0
    """Seed of the choice of both."""


def inspect_dataset(
    dataset: Dataset, recipe: InspectRecipe, reference: Potential | None = None
) -> list[Finding]:
    """Look for the faults that data sets usually have, and call them by name.

    Parameters
    ----------
    dataset : may hold labels that are not finite
    recipe : how much to look at
    reference : a cheap method to compare with, e.g. GFN2-xTB; None leaves that out

    Returns
    -------
    Findings, facts first; the data set is sound if none is an error
    """
    findings = finite_findings(dataset)
    lost = lost_frames(dataset)
    if len(lost) == len(dataset):
        return findings
    sound = without(dataset, lost) if lost.size else dataset
    groups = group_molecules(sound)
    findings = [*count_findings(sound, groups), *findings]
    findings += duplicate_findings(groups) + outlier_findings(groups) + contact_findings(groups)
    findings += net_findings(groups)
    findings += work_findings(groups, pairs=recipe.pairs, seed=recipe.seed)
    if reference is None:
        return findings
    if any(finding.name in {"length-unit", "close-contact"} for finding in findings):
        text = f"not compared with {reference.name}: correct the geometries first"
        return [*findings, Finding("info", "reference-skipped", text)]
    try:
        compared = reference_findings(sound, reference, sample=recipe.sample, seed=recipe.seed)
    except InputError as error:
        text = f"not compared with {reference.name}: {error}"
        return [*findings, Finding("info", "reference-skipped", text)]
    if any(finding.name == "energy-sign" for finding in compared):
        # Work cannot tell the two signs apart; the reference can.
        findings = [finding for finding in findings if finding.name != "gradients-as-forces"]
    return findings + compared
