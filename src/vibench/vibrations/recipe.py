"""Settings of relaxation and harmonic vibrations."""

from typing import Annotated, Literal

from pydantic import Field

from vibench.core.recipe import Recipe


class VibrationsRecipe(Recipe):
    """How a molecule is relaxed and its second derivatives are made."""

    hessian: Literal["automatic", "finite-difference"] = "automatic"
    """``automatic``: exact second derivatives if the potential has them, else finite
    differences. ``finite-difference``: central differences of forces for every potential."""
    displacement_angstrom: Annotated[float, Field(gt=0, le=0.1)] = 0.002
    """Displacement in Å of the central differences."""
    dtype: Literal["float32", "float64"] = "float64"
    """Precision in which trained models are evaluated, for relaxation and second derivatives."""
    relax: bool = True
    """Whether the geometry is relaxed first."""
    optimizer: Literal["bfgs", "lbfgs", "fire"] = "bfgs"
    """ASE's optimiser."""
    force_tolerance_ev_per_angstrom: Annotated[float, Field(gt=0)] = 1e-4
    """Largest force on any atom, in eV/Å, of a relaxed geometry."""
    max_steps: Annotated[int, Field(ge=1)] = 500
    """Optimiser steps after which a relaxation has failed."""
    max_rmsd_angstrom: Annotated[float, Field(gt=0)] = 0.3
    """A relaxed geometry further than this from the start, in Å root mean square after the best
    superposition, is another conformer."""
    bond_factor: Annotated[float, Field(gt=1)] = 1.25
    """Atoms closer than this times the sum of their covalent radii are bonded; a relaxation that
    changes which are has left the molecule. (Of a bond that is longer than that sum from the start,
    the starting length counts instead.)"""
