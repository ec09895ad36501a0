"""Settings of the comparison of two spectra."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from vibench.core.recipe import Recipe

type MetricName = Literal["pearson", "wasserstein", "wasserstein-paper", "wasserstein-mlatom"]

FEWEST_SPECTRA: Final = 3
"""Spectra among which it makes sense to look for the right one."""


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
    widths_cm1: tuple[Annotated[float, Field(gt=0)], ...] = (10.0, 20.0, 33.0, 50.0)
    """Further total widths in cm⁻¹ at which correlation and distance are given, since the width
    can decide between spectra; those that a spectrum is too wide for are left out."""
    regions: dict[str, tuple[float, float]] = Field(
        default_factory=lambda: {
            "fingerprint": (500.0, 1500.0),
            "C=O": (1500.0, 2000.0),
            "triple bond": (2000.0, 2500.0),
            "X-H": (2500.0, 4000.0),
        }
    )
    """Name → lowest and highest wavenumber in cm⁻¹. Each region that holds intensity gets scores
    of its own, and the distance is split into area that is in the wrong region, and the rest."""
    bands: bool = True
    """Whether bands are found and compared one by one: position, area, width."""
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
        ends = 0.0
        for name, (low, high) in sorted(self.regions.items(), key=lambda item: item[1]):
            if not ends <= low < high:
                raise ValueError(
                    f"regions must ascend without overlap, but {name!r} is {low:g}-{high:g} cm^-1"
                )
            ends = high
        if self.low_cm1 >= self.high_cm1:
            raise ValueError(
                f"low_cm1 must be below high_cm1, found {self.low_cm1:g} and {self.high_cm1:g}"
            )
        return self


class RankingRecipe(Recipe):
    """How models are compared with each other over all molecules."""

    molecules: Literal["fixed", "random"] = "fixed"
    """What a statement is about. "fixed": these molecules, whatever others would give; noise of
    trajectories is the only error. "random": the population that the molecules were drawn from; the
    spread between molecules is the error, and fewer than 3 give no test."""
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Probability of one or more false differences among all pairs of models."""
