"""Infrared spectrum from dipoles of other codes."""

from dataclasses import replace

from vibench.core.errors import InputError
from vibench.core.spectrum import Spectrum
from vibench.spectra.dipole_files.join import DipoleTrajectories
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe


def spectrum_of_trajectories(trajectories: DipoleTrajectories, recipe: SpectrumRecipe) -> Spectrum:
    """Make the spectrum of trajectories that were read from files.

    Dipoles that were averaged over beads give a Kubo-transformed correlation, so
    `recipe.correlation` becomes ``"kubo"`` unless it was set. See `spectrum_from_dipoles`.

    Raises
    ------
    InputError
        As `spectrum_from_dipoles`; also if beads meet settings of a classical correlation, or if
        the settings need what only vibench's own trajectories hold.
    """
    for name, value in (("derivative", "exact"), ("time_step_shift", "remove")):
        if getattr(recipe, name) == value:
            raise InputError(
                f"{name} = {value!r} needs trajectories of vibench: dipole files hold neither "
                "exact derivatives nor the time step of the integration"
            )
    if trajectories.beads > 1 and recipe.correlation != "kubo":
        fitting = recipe.quantum_factor == "harmonic" and recipe.convention == "absolute"
        if "correlation" in recipe.model_fields_set or not fitting:
            raise InputError(
                f"dipoles averaged over {trajectories.beads} beads need correlation 'kubo' and "
                f"quantum_factor 'harmonic', found {recipe.correlation!r} and "
                f"{recipe.quantum_factor!r} (convention {recipe.convention!r}): leave these "
                "settings out"
            )
        recipe = recipe.model_copy(update={"correlation": "kubo"})
    spectrum = spectrum_from_dipoles(
        trajectories.runs,
        time_step_fs=trajectories.time_step_fs,
        temperature_k=trajectories.temperature_k,
        recipe=recipe,
    )
    count = len(trajectories.runs)
    noun = "trajectory" if count == 1 else "trajectories"
    return replace(spectrum, method=f"{spectrum.method}; {count} {noun} from {trajectories.origin}")
