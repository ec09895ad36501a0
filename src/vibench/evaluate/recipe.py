"""Settings of learning curves and of what a model costs."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vibench.core.recipe import Recipe

type ErrorName = Literal["energy MAE", "force MAE", "dipole MAE"]

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LearningCurveRecipe(Recipe):
    """How errors fall with the number of training structures.

    Every model is trained once more for each number, with settings and validation structures as
    before, and judged by the same test structures. All training structures are the last point of
    each curve without being listed.
    """

    structures: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    """Numbers of training structures, ascending. Each subset is the beginning of one random order
    of the training structures, so that it lies inside the next."""
    models: tuple[str, ...] = ()
    """Names of the models; none for all that are trained."""
    budget: Literal["steps", "epochs"] = "steps"
    """What a training on fewer structures has in common with that on all. "steps": the number of
    optimiser steps, as an epoch goes round the subset as often as needed; only the data differ, and
    every point costs as much as the whole. "epochs": the number of passes over the subset; cheaper,
    but small subsets are trained with few steps, which makes curves steeper."""
    seed: int = 0
    """Seed of the random order."""
    targets: dict[ErrorName, Positive] = Field(default_factory=dict)
    """Error on the test structures (energy MAE in meV, force MAE in meV/Å, dipole MAE in mDebye) →
    its value, for which the number of structures is to be found. Where none is given: the smallest
    error of the model whose smallest error is the largest, which every model reaches."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.structures) != sorted(set(self.structures)):
            raise ValueError(f"structures must ascend, found {list(self.structures)}")
        return self


class CostRecipe(Recipe):
    """What the cost of models is measured by."""

    force_mae_mev_per_angstrom: Positive | None = None
    """Force error on the validation structures in meV/Å; how long each training takes to fall
    below it is told. None for 1.1 times the smallest error of the model whose smallest error is
    the largest."""
