"""Settings of the comparison of two spectra."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vibench.core.recipe import Recipe

type MetricName = Literal["pearson", "wasserstein", "wasserstein-paper", "wasserstein-mlatom"]


class CompareRecipe(Recipe):
    """How two spectra are brought together and which scores are made."""

    low_cm1: Annotated[float, Field(ge=0)] = 500.0
    """Lower end of the range in cm⁻¹; the ranges of both spectra narrow it further."""
    high_cm1: Annotated[float, Field(gt=0)] = 4000.0
    """Upper end of the range in cm⁻¹; the ranges of both spectra narrow it further."""
    preparation: Literal["common-width", "paper"] = "common-width"
    """"common-width": both spectra are broadened to `width_cm1` and put on one uniform grid.
    "paper": the candidate is interpolated linearly onto the points of the reference, nothing is
    broadened."""
    width_cm1: Annotated[float, Field(gt=0)] = 33.0
    """Total full width at half maximum in cm⁻¹ of a sharp line; a spectrum that is wider already
    stays as it is."""
    step_cm1: Annotated[float, Field(gt=0)] = 1.0
    """Spacing of the uniform grid in cm⁻¹."""
    metrics: Annotated[tuple[MetricName, ...], Field(min_length=1)] = (
        "pearson",
        "wasserstein",
        "wasserstein-paper",
    )
    """Scores to make: "pearson"; "wasserstein" with intensities as weights, in cm⁻¹;
    "wasserstein-paper", the same with the axis from `low_cm1` to `high_cm1` scaled to [0, 1];
    "wasserstein-mlatom", the distance of intensity values that ignores the axis, as MLatom has it,
    for compatibility only."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low_cm1 >= self.high_cm1:
            raise ValueError(
                f"low_cm1 must be below high_cm1, found {self.low_cm1:g} and {self.high_cm1:g}"
            )
        return self
