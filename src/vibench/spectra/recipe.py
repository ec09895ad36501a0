"""Settings of spectra from molecular dynamics."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vibench.core.recipe import Recipe
from vibench.signals.correlation import Normalisation
from vibench.spectra.quantum import QuantumFactor


class SpectrumRecipe(Recipe):
    """How dipoles of trajectories become a spectrum."""

    depth_fs: Annotated[float, Field(gt=0)] = 1000.0
    """Correlation depth in fs: the longest lag, where the half Hann window reaches zero. A depth τ
    shows a sharp line with a full width at half maximum of 1/(cτ), 33.4 cm⁻¹ for 1000 fs."""
    zero_padding: Annotated[int, Field(ge=1)] = 8
    """Factor by which the grid is finer than the correlation depth demands; 8 puts 16 points on
    the width of a sharp line."""
    normalisation: Normalisation = "unbiased"
    """Each lag is divided by its number of pairs ("unbiased") or by the number of steps
    ("biased", which narrows the window a little in short trajectories)."""
    quantum_factor: QuantumFactor = "harmonic"
    """Quantum correction of the classical dipole correlation. The absolute formula contains the
    harmonic one; the others are applied as their ratio to it."""
    correlation: Literal["classical", "kubo"] = "classical"
    """What the trajectories give: the correlation of classical dipoles, or, for bead-averaged
    dipoles of ring polymers (RPMD, TRPMD, CMD), an approximation of the Kubo-transformed quantum
    one. For the latter the harmonic factor is exact and no other is accepted."""
    blocks: Annotated[int, Field(ge=1)] | None = None
    """Blocks into which a single trajectory is split to give a standard error; None for as many as
    are at least two correlation depths long, up to eight, 1 for none. Several trajectories give the
    error themselves."""
    derivative: Literal["central-difference", "uncorrected-difference", "exact"] = (
        "central-difference"
    )
    """Time derivative of the dipole: by central differences, with their damping of high
    wavenumbers divided out or left in; or "exact" in the positions, Σ ∂μ/∂R·v, which trajectories
    hold if they were made with ``dipole_flux = true``. Velocities of the integrators are central
    differences of positions, whose damping is divided out as well."""
    time_step_shift: Literal["keep", "remove"] = "keep"
    """Whether bands stay where velocity Verlet puts them, too high by (ωΔt)²/24 of their
    wavenumber, or are moved to where exact dynamics has them. Keep it to compare spectra of one
    time step, remove it to compare with measured or harmonic ones. Trajectories only, as a table of
    dipoles does not say the time step of the integration."""
    largest_failed_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of the trajectories of a molecule at a temperature that may have failed. If more have,
    there is neither a spectrum nor a score: those that survived are no fair sample."""
    max_wavenumber_cm1: Annotated[float, Field(gt=0)] = 4500.0
    """Upper end of the spectrum in cm⁻¹."""
    convention: Literal["absolute", "schnetpack"] = "absolute"
    """"absolute" for km/mol per cm⁻¹; "schnetpack" to reproduce SchNetPack 2.1 as it is, in
    arbitrary unit, with only `depth_fs` and `max_wavenumber_cm1` in use (see
    `spectra.compatibility`)."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.correlation == "kubo" and self.quantum_factor != "harmonic":
            message = (
                f"quantum_factor {self.quantum_factor!r} was asked for with correlation 'kubo': "
                "the Kubo-transformed correlation already is a quantum one, and the only factor "
                "that turns it into the absorption is the harmonic one, x/(1 - e^-x), exactly; "
                "leave quantum_factor out"
            )
            raise ValueError(message)
        if self.correlation == "kubo" and self.convention != "absolute":
            message = "correlation 'kubo' is defined for convention 'absolute' only"
            raise ValueError(message)
        return self

    def depth_steps(self, time_step_fs: float) -> int:
        """Return the correlation depth in steps."""
        return max(1, round(self.depth_fs / time_step_fs))

    def fewest_steps(self, time_step_fs: float, *, differences: bool) -> int:
        """Return how many steps a trajectory must have, so that the longest lag has a pair.

        With *differences* of dipoles two more: the first and the last have no central one.
        """
        if self.convention == "schnetpack":
            return 1  # It takes the depth that the trajectory has.
        return self.depth_steps(time_step_fs) + 1 + (2 if differences else 0)


class BandsRecipe(Recipe):
    """How the band of each normal mode is found in molecular dynamics."""

    depth_fs: Annotated[float, Field(gt=0)] = 1000.0
    """Correlation depth in fs of the power spectra of modes, if that of the spectrum is not less. A
    shallow one gives smooth bands, whose maxima are known more precisely."""
    correct_time_step: bool = True
    """Whether the shift of velocity Verlet is taken out, ω = (2/Δt) sin(ω′Δt/2): for bands that are
    compared with harmonic or observed wavenumbers."""
    degenerate_within_cm1: Annotated[float, Field(ge=0)] = 0.5
    """Modes whose harmonic wavenumbers are neighbours within this many cm⁻¹ share one band, as
    the axes along which degenerate modes vibrate are arbitrary. Relaxation and finite differences
    split degenerate modes by up to 0.3 cm⁻¹; modes that lie as close by chance share a band too."""
