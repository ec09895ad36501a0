"""Which dynamics a study runs besides those of all molecules: further temperatures, robustness."""

from collections.abc import Sequence
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from vibench.core.errors import InputError, unknown_name
from vibench.core.recipe import Recipe
from vibench.dynamics.recipe import (
    DynamicsRecipe,
    NotNegative,
    Positive,
    ReferenceDynamicsRecipe,
)
from vibench.spectra.recipe import SpectrumRecipe

_SEED_SHIFT: Final = 2000
"""Random numbers of their own, apart from those of spectra and of test sets."""
_FRAME_STRIDE: Final = 100
"""Frames of hot trajectories are for looking at; nothing is computed from them."""


class TemperatureSeriesRecipe(Recipe):
    """Further temperatures for some of the molecules, at which all else is as in ``[dynamics]``."""

    molecules: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the molecules, of the training data or unseen."""
    temperatures_k: Annotated[tuple[Positive, ...], Field(min_length=1)] = (
        100.0,
        300.0,
        500.0,
        700.0,
        900.0,
    )
    """Temperatures in K; those of ``[dynamics]`` are run in any case."""

    def of(self, molecule: str, dynamics: DynamicsRecipe) -> DynamicsRecipe:
        """Return the settings of one molecule, given those of all."""
        if molecule not in self.molecules:
            return dynamics
        all_k = tuple(sorted({*dynamics.temperatures_k, *self.temperatures_k}))
        return dynamics.model_copy(update={"temperatures_k": all_k})


class RobustnessRecipe(Recipe):
    """Dynamics that put models to the test: whether they conserve energy, and withstand heat.

    Neither gives a spectrum. Time step and limits are those of ``[dynamics]``.
    """

    molecules: tuple[str, ...] = ()
    """Names of the molecules, of the training data or unseen; none for all."""
    replicas: Annotated[int, Field(ge=1)] = 4
    """Trajectories per molecule, of each kind."""
    equilibration_fs: NotNegative = 500.0
    """Time in fs with a thermostat before what is looked at."""
    nve_temperature_k: Positive = 300.0
    """Temperature in K of the trajectories at constant energy."""
    nve_fs: Positive = 1000.0
    """Length in fs of the trajectories at constant energy; positions are kept at every step."""
    hot_temperature_k: Positive = 900.0
    """Temperature in K of the hot trajectories."""
    hot_fs: Positive = 5000.0
    """Length in fs of the hot trajectories; a bond that breaks or forms ends one as failed."""

    @model_validator(mode="after")
    def _several_steps(self) -> Self:
        if self.nve_fs < 100.0:
            raise ValueError(f"nve_fs must be 100 or more to see a drift, found {self.nve_fs:g}")
        return self

    def nve(self, dynamics: DynamicsRecipe) -> DynamicsRecipe:
        """Return the settings of the trajectories at constant energy, given those for spectra."""
        return self._motion(dynamics, "nve", self.nve_temperature_k, self.nve_fs, 1)

    def hot(self, dynamics: DynamicsRecipe) -> DynamicsRecipe:
        """Return the settings of the hot trajectories, given those for spectra."""
        integrator = "langevin-baoab"
        return self._motion(
            dynamics, integrator, self.hot_temperature_k, self.hot_fs, _FRAME_STRIDE
        )

    def _motion(
        self,
        dynamics: DynamicsRecipe,
        integrator: str,
        temperature_k: float,
        production_fs: float,
        frame_stride: int,
    ) -> DynamicsRecipe:
        changes = {
            "integrator": integrator,
            "temperatures_k": (temperature_k,),
            "replicas": self.replicas,
            "equilibration_fs": self.equilibration_fs,
            "production_fs": production_fs,
            "frame_stride": frame_stride,
            "dipole_flux": False,
            "seed": dynamics.seed + _SEED_SHIFT,
        }
        return DynamicsRecipe.model_validate(dynamics.model_dump() | changes)

    def of(self, molecules: Sequence[str]) -> tuple[str, ...]:
        """Return the names of its molecules, given those of the study."""
        return self.molecules or tuple(molecules)


def check_lengths(
    dynamics: DynamicsRecipe | None,
    reference: ReferenceDynamicsRecipe,
    spectra: SpectrumRecipe,
    *,
    source: str,
) -> None:
    """Refuse dynamics that are too short for spectra, before anything is run.

    Parameters
    ----------
    dynamics, reference
        Dynamics of models and of the reference.
    spectra
        How spectra are made of them.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file and key.
    """
    if dynamics is None:
        return
    moving = {"dynamics": dynamics}
    if reference.run:
        moving["reference_dynamics"] = reference.of(dynamics)
    differences = spectra.derivative != "exact"
    for table, one in moving.items():
        needed = spectra.fewest_steps(one.time_step_fs, differences=differences)
        if round(one.production_fs / one.time_step_fs) < needed:
            raise InputError(
                f"{source}: {table}.production_fs = {one.production_fs:g} is too short for a "
                f"correlation depth of {spectra.depth_fs:g} fs: it must be "
                f"{needed * one.time_step_fs:g} or more, or spectra.depth_fs lower"
            )


def check_motion(
    series: TemperatureSeriesRecipe | None,
    robustness: RobustnessRecipe | None,
    dynamics: DynamicsRecipe | None,
    molecules: Sequence[str],
    *,
    source: str,
) -> None:
    """Refuse further dynamics that cannot be run.

    Parameters
    ----------
    series, robustness
        What the study asks for.
    dynamics, molecules
        Dynamics and names of all molecules of the study.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file and key.
    """
    for table, asked in (("temperature_series", series), ("robustness", robustness)):
        if asked is None:
            continue
        if dynamics is None:
            raise InputError(f"{source}: {table} needs dynamics: add a table [dynamics]")
        for name in asked.molecules:
            if name not in molecules:
                raise InputError(
                    f"{source}: {table}.molecules: {unknown_name('molecule', name, molecules)}"
                )
