"""Survivors: which trajectories a spectrum may be made of when some have failed."""

from collections.abc import Sequence

from vibench.core.errors import InputError
from vibench.core.trajectory import Trajectory
from vibench.spectra.recipe import SpectrumRecipe


def survivors(trajectories: Sequence[Trajectory], recipe: SpectrumRecipe) -> list[Trajectory]:
    """Return the finished trajectories, unless too many have failed.

    Those that last are the ones that stayed away from what breaks a model: where many fail, the
    others are no sample of the ensemble.

    Raises
    ------
    InputError
        If no trajectory finished, or the share that failed is above `largest_failed_share`.
    """
    finished = [run for run in trajectories if run.outcome.finished]
    failed, total = len(trajectories) - len(finished), len(trajectories)
    if not finished:
        raise InputError(f"every trajectory failed ({failed} of {total})")
    if failed > recipe.largest_failed_share * total:
        raise InputError(
            f"{failed} of {total} trajectories failed, and those that survived are no fair sample; "
            "to use them all the same raise spectra.largest_failed_share from "
            f"{recipe.largest_failed_share:g}"
        )
    return finished
