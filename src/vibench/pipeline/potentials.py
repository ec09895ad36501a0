"""Potentials of a study: reference methods and trained models behind one kind of setting."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vibench.core.errors import InputError
from vibench.core.protocols import Potential
from vibench.core.recipe import Recipe
from vibench.pipeline.tasks import Resources
from vibench.potentials.adapters.recipes import ASERecipe, GFN2Recipe, PySCFRecipe


class LearnedRecipe(Recipe):
    """A trained model; its weights are an input of the task."""

    kind: Literal["learned"] = "learned"
    """Which kind of potential this is."""
    name: str
    """Name in tables and figures."""
    dtype: Literal["float32", "float64"] = "float32"
    """Precision it is evaluated in."""


type AnyPotentialRecipe = GFN2Recipe | PySCFRecipe | ASERecipe | LearnedRecipe

type PotentialRecipe = Annotated[AnyPotentialRecipe, Field(discriminator="kind")]
"""Settings of any potential; ``kind`` says of which."""


def potential_name(recipe: AnyPotentialRecipe) -> str:
    """Return the name of a potential in tables and figures, without building it."""
    match recipe:
        case LearnedRecipe():
            return recipe.name
        case GFN2Recipe():
            return recipe.method
        case PySCFRecipe():
            return recipe.level_of_theory
        case ASERecipe():
            return recipe.calculator


@contextmanager
def open_potential(
    recipe: AnyPotentialRecipe,
    weights: Path | None,
    resources: Resources,
) -> Iterator[Potential]:
    """Give a potential for the duration of a block; *weights* is the file of a learned one.

    Reference methods are spread over as many processes of one thread as *resources* allow.

    Raises
    ------
    InputError
        If a learned potential comes without weights, or a reference method cannot be used here.
    """
    # Each kind brings libraries of its own, which a process that only plans must not load.
    if isinstance(recipe, LearnedRecipe):
        from vibench.potentials.learned import LearnedPotential
        from vibench.store.weights import read_weights

        if weights is None:
            raise InputError(f"the learned potential {recipe.name!r} needs a file with weights")
        yield LearnedPotential(
            read_weights(weights), name=recipe.name, dtype=recipe.dtype, device=resources.device
        )
        return
    from vibench.potentials.adapters.build import build_adapter

    factory = partial(build_adapter, recipe, allow_import=resources.allow_import)
    # For small molecules a second thread only waits for the first: cores go to processes.
    processes = resources.workers * resources.threads
    if processes == 1:
        yield factory()
        return
    from vibench.potentials.pool import PooledPotential

    with PooledPotential(factory, processes) as pooled:
        yield pooled
