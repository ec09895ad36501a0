"""Relaxation: the nearest minimum of a potential, and whether it is still the same conformer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase.calculators.calculator import CalculationFailed
from ase.optimize import BFGS, FIRE, LBFGS

from vibench.core.bonds import changed_bonds, pair_distances
from vibench.core.molecules import Array, Molecules, with_positions
from vibench.core.protocols import Potential
from vibench.core.superposition import best_rotation, centred
from vibench.core.trajectory import FINISHED, Outcome
from vibench.potentials.atoms import atoms_from_molecule
from vibench.potentials.calculator import PotentialCalculator
from vibench.vibrations.recipe import VibrationsRecipe

_OPTIMIZERS: dict[str, Callable[..., Any]] = {"bfgs": BFGS, "lbfgs": LBFGS, "fire": FIRE}


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """Where a relaxation ended, and how."""

    molecule: Molecules[Array]
    """The molecule at its last geometry."""
    outcome: Outcome
    """Finished, or: not converged, not computable, or another conformer."""
    energy: float
    """Potential energy in eV at the last geometry; NaN if it could not be computed."""


def relax(
    potential: Potential, start: Molecules[Array], recipe: VibrationsRecipe | None = None
) -> Relaxation:
    """Relax one molecule with an ASE optimiser.

    Parameters
    ----------
    potential
        Gives energy and forces.
    start
        A batch of one; every model is best started from the minimum of the reference method.
    recipe
        Settings.

    Returns
    -------
    relaxation
        The geometry reached even where the outcome is a failure: steps used up, numbers that are
        not finite, or a minimum that belongs to another conformer or another molecule.
    """
    recipe = recipe or VibrationsRecipe()
    atoms = atoms_from_molecule(start)
    atoms.calc = PotentialCalculator(potential)
    optimizer = _OPTIMIZERS[recipe.optimizer](atoms, logfile=None)
    try:
        converged = optimizer.run(
            fmax=recipe.force_tolerance_ev_per_angstrom, steps=recipe.max_steps
        )
        energy = float(atoms.get_potential_energy())
    except CalculationFailed as error:
        failure = Outcome("failed", f"relaxation: {error}", int(optimizer.nsteps))
        return Relaxation(start, failure, float("nan"))
    outcome = FINISHED
    if not converged:
        reason = (
            f"relaxation: forces above {recipe.force_tolerance_ev_per_angstrom:g} eV/Å "
            f"after {recipe.max_steps} steps"
        )
        outcome = Outcome("failed", reason, int(optimizer.nsteps))
    else:
        change = _conformer_change(start, atoms.get_positions(), recipe)
        if change:
            outcome = Outcome("failed", f"relaxation: {change}", int(optimizer.nsteps))
    return Relaxation(with_positions(start, atoms.get_positions()), outcome, energy)


def rmsd(positions: Array, reference: Array) -> float:
    """Return the root mean square distance in Å of two geometries, superposed as well as can be.

    Parameters
    ----------
    positions, reference : (atoms, 3)
        Geometries with the same order of atoms; reflections are not allowed.
    """
    weights = np.ones(len(positions))
    first, second = centred(positions, weights), centred(reference, weights)
    turned = first @ best_rotation(first, second, weights).T
    return float(np.sqrt(np.mean(np.sum((turned - second) ** 2, axis=1))))


def _conformer_change(start: Molecules[Array], end: Array, recipe: VibrationsRecipe) -> str:
    """Return what distinguishes relaxed positions from the start, or an empty text."""
    if changed_bonds(pair_distances(end), start, recipe.bond_factor).any():
        return "a bond was broken or formed"
    distance = rmsd(end, start.positions)
    if distance > recipe.max_rmsd_angstrom:
        return (
            f"another conformer, {distance:.2f} Å from the start "
            f"(limit {recipe.max_rmsd_angstrom:g} Å)"
        )
    return ""
