"""Settings of spectra from molecular dynamics."""

from typing import Annotated, Literal

from pydantic import Field

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
    derivative: Literal["central-difference", "uncorrected-difference", "exact"] = (
        "central-difference"
    )
    """Time derivative of the dipole: by central differences, with their damping of high
    wavenumbers divided out or left in; or "exact", Σ ∂μ/∂R·v, which trajectories hold if they were
    made with ``dipole_flux = true``."""
    time_step_shift: Literal["keep", "remove"] = "keep"
    """Whether bands stay where velocity Verlet puts them, too high by (ωΔt)²/24 of their
    wavenumber, or are moved to where exact dynamics has them. Keep it to compare spectra of one
    time step, remove it to compare with measured or harmonic ones. Trajectories only, as a table of
    dipoles does not say the time step of the integration."""
    max_wavenumber_cm1: Annotated[float, Field(gt=0)] = 4500.0
    """Upper end of the spectrum in cm⁻¹."""
    convention: Literal["absolute", "schnetpack"] = "absolute"
    """"absolute" for km/mol per cm⁻¹; "schnetpack" to reproduce SchNetPack 2.1 as it is, in
    arbitrary unit, with only `depth_fs` and `max_wavenumber_cm1` in use (see
    `spectra.compatibility`)."""
