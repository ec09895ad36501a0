"""Selection of a few structures from the frames of a trajectory."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import numpy as np

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.molecules import Array
from vibench.core.streams import generator
from vibench.core.trajectory import Trajectory
from vibench.data.descriptors import sorted_distances
from vibench.data.recipes import SelectionRecipe


def select_frames(trajectory: Trajectory, recipe: SelectionRecipe) -> Array:
    """Return the ascending positions of the frames that a recipe asks for.

    Parameters
    ----------
    trajectory
        Of one molecule.
    recipe
        How many frames, and of which kind.

    Raises
    ------
    InputError
        If the trajectory failed or has fewer frames than are wanted.
    MissingDependencyError
        If representative frames are wanted and the package that clusters is not installed.
    """
    where = f"reference trajectory of {trajectory.name!r} at {trajectory.temperature_k:g} K"
    if not trajectory.outcome.finished:
        raise InputError(f"{where} failed: {trajectory.outcome.reason}; no structures from it")
    total, count = len(trajectory.positions), recipe.structures
    if count > total:
        raise InputError(
            f"{where} has {total} frames, but {count} structures are wanted; run it longer or keep "
            "frames more often"
        )
    match recipe.kind:
        case "first":
            return np.arange(count)
        case "random":
            rng = generator(recipe.seed, trajectory.name, trajectory.temperature_k, "test set")
            return np.sort(rng.choice(total, count, replace=False))
        case "representative":
            descriptors = sorted_distances(trajectory.numbers, trajectory.positions)
            return representatives(descriptors, count, seed=recipe.seed)


def representatives(descriptors: Array, count: int, *, seed: int) -> Array:
    """Return the structures nearest to the centres of *count* clusters of equal size.

    Constrained k-means: the sum of squared distances to the cluster means is lowered under the
    condition that cluster sizes differ by at most one; the assignment of each iteration is a
    problem of minimum cost flow and solved exactly. Of each cluster the member nearest to its mean
    is returned, the medoid for short. As every cluster has the same weight, so has every medoid.

    Means of parts vary less than what they are means of: medoids have thinner tails than the
    trajectory.

    Parameters
    ----------
    descriptors : (structures, n)
        Where structures lie.
    count
        Number of clusters.
    seed
        Of the first centres.

    Returns
    -------
    (count,)
        Positions of the structures, ascending.

    Raises
    ------
    InputError
        If there are fewer structures than clusters.
    MissingDependencyError
        If k-means-constrained is not installed.

    References
    ----------
    P. S. Bradley, K. P. Bennett and A. Demiriz, Constrained k-means clustering, Microsoft Research
    technical report MSR-TR-2000-65 (2000).
    """
    total = len(descriptors)
    if not 1 <= count <= total:
        raise InputError(f"{count} clusters were asked for, expected between 1 and {total}")
    clustering = _clustering()(
        n_clusters=count,
        size_min=total // count,
        size_max=-(-total // count),
        n_init=1,
        random_state=seed,
    ).fit(descriptors)
    distances = np.linalg.norm(
        descriptors - clustering.cluster_centers_[clustering.labels_], axis=1
    )
    members = [np.flatnonzero(clustering.labels_ == cluster) for cluster in range(count)]
    return np.sort([cluster[distances[cluster].argmin()] for cluster in members])


def check_packages(recipes: Iterable[SelectionRecipe]) -> None:
    """Refuse representative frames where the package that clusters is not installed.

    To be called before the dynamics, which may take days.

    Raises
    ------
    MissingDependencyError
        Naming the package and the extra.
    """
    wanted = any(recipe.kind == "representative" for recipe in recipes)
    if wanted and find_spec("k_means_constrained") is None:
        raise _missing()


def _missing() -> MissingDependencyError:
    return MissingDependencyError("k-means-constrained", "clustering")


def _clustering() -> Any:
    try:
        from k_means_constrained import KMeansConstrained
    except ModuleNotFoundError as error:
        raise _missing() from error
    return KMeansConstrained
