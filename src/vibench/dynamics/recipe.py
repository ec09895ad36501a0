"""Settings of molecular dynamics."""

import math
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from vibench.core.errors import unknown_name
from vibench.core.recipe import Recipe
from vibench.core.units import FORCE_TO_ACCELERATION

PAPER_FRICTION_PER_FS: Final = 0.01 * math.sqrt(FORCE_TO_ACCELERATION)
"""A friction of 0.01 in ASE's inverse time unit, which is 1/(1018 fs)."""

FRICTION_PRESETS: Final = {"0.01 ASE": PAPER_FRICTION_PER_FS, "0.01/fs": 0.01}
"""The two readings of a published "friction of 0.01", in fs⁻¹."""

LONGEST_TIME_STEP_FS: Final = 5.0
"""Time steps beyond this are mistakes of unit: of the fastest vibrations they see nothing."""

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _friction(value: object) -> object:
    if isinstance(value, str):
        if value not in FRICTION_PRESETS:
            raise ValueError(str(unknown_name("friction", value, FRICTION_PRESETS)))
        return FRICTION_PRESETS[value]
    return value


def _sensible_time_step(time_step_fs: float) -> float:
    if time_step_fs > LONGEST_TIME_STEP_FS:
        raise ValueError(
            f"{time_step_fs:g} fs is too long to follow vibrations, the fastest of which take "
            f"8 fs: 0.5 is usual, {LONGEST_TIME_STEP_FS:g} the most that is accepted"
        )
    return time_step_fs


type TimeStep = Annotated[Positive, AfterValidator(_sensible_time_step)]
"""A time step of integration in fs."""

type FrictionName = Annotated[str, Field(json_schema_extra={"enum": [*FRICTION_PRESETS]})]
"""Name of a preset."""

type Friction = Annotated[
    NotNegative, BeforeValidator(_friction, json_schema_input_type=NotNegative | FrictionName)
]
"""A friction in fs⁻¹, or the name of a preset."""


class DynamicsRecipe(Recipe):
    """How trajectories are made: integrator, ensemble, lengths and what counts as failure."""

    integrator: Literal["langevin-baoab", "langevin-ase", "nve"] = "langevin-baoab"
    """``langevin-baoab``: BAOAB throughout; recommended, as friction lets every mode forget its
    energy, so a trajectory samples the ensemble. ``langevin-ase``: the scheme of ASE's
    ``Langevin`` throughout, for comparison with publications that used it. ``nve``: a
    thermostatted equilibration (BAOAB), then production without a thermostat. Its bands carry no
    friction width, but in a small molecule each mode keeps the energy it starts with: the area
    of a band has a relative error of 1/√replicas however long the trajectories are, so take a
    hundred or more."""
    time_step_fs: TimeStep = 0.5
    """Integration time step in fs."""
    temperatures_k: Annotated[tuple[Positive, ...], Field(min_length=1)] = (300.0,)
    """Temperatures in K; every molecule is run at each of them."""
    friction_per_fs: Friction = PAPER_FRICTION_PER_FS
    """Friction in fs⁻¹ of the Langevin integrators; it broadens bands by friction/(2πc), full
    width. A published "friction of 0.01" has two readings, which can be given by name: ``"0.01
    ASE"``, in ASE's time unit, is 1/(1018 fs) (5 cm⁻¹, the default here); ``"0.01/fs"`` is
    1/(100 fs) (53 cm⁻¹)."""
    equilibration_friction_per_fs: NotNegative = 0.01
    """Friction in fs⁻¹ of the equilibration, which is by BAOAB except for ``langevin-ase``;
    stronger than in production, so that it is short."""
    replicas: Annotated[int, Field(ge=1)] = 16
    """Independent trajectories per molecule and temperature; replica r starts from conformer
    r modulo the number of conformers."""
    equilibration_fs: NotNegative = 5000.0
    """Time in fs that is run first and not kept."""
    production_fs: Positive = 50000.0
    """Time in fs that is kept."""
    frame_stride: Annotated[int, Field(ge=1)] = 5
    """Positions and velocities are kept every so many steps; dipoles and energies at each. Power
    spectra and the projection on normal modes need 3.7 fs or less between frames to reach
    4500 cm⁻¹."""
    dipole_flux: bool = False
    """Also keep the exact time derivative of the dipole, Σ ∂μ/∂R·v, of every production step;
    potentials without derivatives of their own are evaluated twice more per step for it."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the random streams."""
    max_force_ev_per_angstrom: Positive = 100.0
    """A larger force on any atom, in eV/Å, ends a trajectory as failed."""
    max_temperature_factor: Annotated[float, Field(gt=1)] = 10.0
    """A kinetic temperature above this multiple of the set one ends a trajectory as failed."""
    bond_factor: Annotated[float, Field(gt=1)] | None = 1.25
    """Atoms closer than this factor f times the sum of their covalent radii are bonded at the
    start. A bond longer than f² times that sum, or another pair closer than that sum itself, ends
    a trajectory as failed, and so do other bonds than the molecule has, by the first rule, on
    average over 200 fs. None allows bonds to change."""
    topology_stride: Annotated[int, Field(ge=1)] = 20
    """Bonds are checked every so many steps."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.temperatures_k)) != len(self.temperatures_k):
            message = f"temperatures_k lists a temperature twice: {self.temperatures_k}"
            raise ValueError(message)
        if self.production_steps < 1:
            message = "production_fs is shorter than time_step_fs"
            raise ValueError(message)
        return self

    @property
    def equilibration_steps(self) -> int:
        """Integration steps before the first one that is kept."""
        return round(self.equilibration_fs / self.time_step_fs)

    @property
    def production_steps(self) -> int:
        """Instants that are kept; the first is the end of the equilibration."""
        return round(self.production_fs / self.time_step_fs)

    @property
    def total_steps(self) -> int:
        """Integration steps from the start to the last instant that is kept."""
        return self.equilibration_steps + self.production_steps - 1

    @property
    def production_friction_per_fs(self) -> float:
        """Friction in fs⁻¹ while frames are kept."""
        return 0.0 if self.integrator == "nve" else self.friction_per_fs

    @property
    def thermostat(self) -> str:
        """Integrator and friction in words."""
        match self.integrator:
            case "langevin-baoab":
                return f"BAOAB Langevin, friction {self.friction_per_fs:.4g} fs^-1"
            case "langevin-ase":
                return f"ASE Langevin, friction {self.friction_per_fs:.4g} fs^-1"
            case "nve":
                return (
                    f"NVE after {self.equilibration_fs:g} fs of BAOAB Langevin, "
                    f"friction {self.equilibration_friction_per_fs:.4g} fs^-1"
                )


class ReferenceDynamicsRecipe(Recipe):
    """Whether and for how long the reference method moves molecules; all else is as for models.

    A reference may be too expensive for the dynamics that models run: then give it less, or none.
    """

    run: bool = True
    """Whether it runs at all. Without, the reference gives labels, minima and harmonic vibrations,
    and spectra are compared with measured ones alone."""
    repeat: bool = True
    """Whether it runs a second time with other random numbers, for the noise floor; without, it
    costs half."""
    replicas: Annotated[int, Field(ge=1)] | None = None
    """Trajectories per molecule and temperature; None for as many as of models."""
    equilibration_fs: NotNegative | None = None
    """Time in fs that is run first and not kept; None for as long as of models."""
    production_fs: Positive | None = None
    """Time in fs that is kept; None for as long as of models."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Seed of its random streams; None for the one after that of models, as runs that are compared
    must be independent. The repetition takes the next one."""

    def of(self, dynamics: DynamicsRecipe) -> DynamicsRecipe:
        """Return the settings of the reference, given those of models."""
        own = self.model_dump(exclude={"run", "repeat"}, exclude_none=True)
        settings = dynamics.model_dump() | {"seed": dynamics.seed + 1} | own
        return DynamicsRecipe.model_validate(settings)
