"""Infrared spectra from molecular dynamics."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.trajectory import Trajectory
from vibench.core.units import ABSORPTION_PER_DIPOLE_FLUX
from vibench.signals.correlation import autocorrelation
from vibench.signals.transforms import cosine_transform
from vibench.signals.windows import damped, half_hann, window_width_cm1
from vibench.spectra.blocks import block_note, fold_blocks, split_blocks
from vibench.spectra.compatibility import schnetpack_spectrum
from vibench.spectra.flux import SMALLEST_RESPONSE, difference_response, dipole_derivative
from vibench.spectra.quantum import ratio_to_harmonic
from vibench.spectra.recipe import SpectrumRecipe
from vibench.spectra.survivors import survivors
from vibench.spectra.verlet import remove_time_step_shift


def md_spectrum(trajectories: Sequence[Trajectory], recipe: SpectrumRecipe) -> Spectrum:
    """Make the infrared spectrum of one molecule from independent replicas.

    Every finished replica gives a spectrum of its own; the result is their mean and keeps them.
    Failed ones are left out and counted in `Spectrum.method`. See `spectrum_from_dipoles` for the
    formula.

    Parameters
    ----------
    trajectories
        Replicas of one molecule at one temperature and time step.
    recipe
        Settings.

    Raises
    ------
    InputError
        If molecules, temperatures or time steps differ, if too many trajectories failed (see
        `survivors`), if one is shorter than the correlation depth, or lacks the exact derivative
        that the recipe wants.
    """
    finished = survivors(trajectories, recipe)
    for quantity in ("name", "temperature_k", "time_step_fs", "thermostat"):
        found = sorted({str(getattr(run, quantity)) for run in finished})
        if len(found) > 1:
            raise InputError(
                f"one spectrum needs replicas of equal {quantity}, found {', '.join(found)}"
            )
    spectrum = _from_trajectories(finished, recipe)
    if recipe.time_step_shift == "remove":
        spectrum = remove_time_step_shift(spectrum, time_step_fs=finished[0].time_step_fs)
    failed = len(trajectories) - len(finished)
    count = f"{len(finished)} of {len(trajectories)} replicas ({failed} failed and left out)"
    origin = count if failed else f"{len(finished)} replicas"
    return replace(spectrum, method=f"{spectrum.method}; {origin}, {finished[0].thermostat}")


def _from_trajectories(runs: Sequence[Trajectory], recipe: SpectrumRecipe) -> Spectrum:
    first = runs[0]
    if recipe.derivative != "exact" or recipe.convention == "schnetpack":
        return spectrum_from_dipoles(
            [run.dipole for run in runs],
            time_step_fs=first.time_step_fs,
            temperature_k=first.temperature_k,
            recipe=recipe,
            friction_per_fs=first.friction_per_fs,
        )
    fluxes = [run.dipole_flux for run in runs if run.dipole_flux is not None]
    if len(fluxes) < len(runs):
        raise InputError(
            f"the trajectories of {first.name} hold no exact dipole derivative: run the dynamics "
            'with dipole_flux = true, or set derivative = "central-difference"'
        )
    spectrum = spectrum_from_dipole_derivatives(
        fluxes,
        time_step_fs=first.time_step_fs,
        temperature_k=first.temperature_k,
        recipe=recipe,
        friction_per_fs=first.friction_per_fs,
    )
    # Velocities of the integrators are central differences of positions, with their response.
    return _undo_difference(spectrum, time_step_fs=first.time_step_fs)


def spectrum_from_dipoles(
    dipoles: Array | Sequence[Array],
    *,
    time_step_fs: float,
    temperature_k: float,
    recipe: SpectrumRecipe,
    friction_per_fs: float = 0.0,
) -> Spectrum:
    """Make an infrared spectrum from dipoles along trajectories.

    For an isotropic dilute gas the absorption per molecule is

        A(ν̃) = N_A / (6 ε₀ c k_B T) · S(ν̃),    S = ∫ ⟨μ̇(0)·μ̇(t)⟩ w(t) e^{-iωt} dt,

    where w is the half Hann window and the harmonic quantum correction is contained. A harmonic
    mode gives a band of area N_A |∂μ/∂Q|² / (12 ε₀ c²), its double-harmonic intensity.

    Parameters
    ----------
    dipoles : (steps, 3) or a list of them
        Dipoles in e·Å at equal time steps, one array per independent trajectory; lengths may
        differ. All trajectories weigh the same.
    time_step_fs
        Time between two dipoles in fs.
    temperature_k
        Temperature in K.
    recipe
        Settings.
    friction_per_fs
        Friction in fs⁻¹ under which the trajectories were made; it is counted into the width.

    Returns
    -------
    Spectrum
        In km/mol per cm⁻¹ with the spectrum of each trajectory in `replicas`, or, of a single long
        trajectory, those of blocks of it (see `spectra.blocks`). It ends below
        `max_wavenumber_cm1` where central differences hardly respond any more.

    Raises
    ------
    InputError
        If a trajectory is shorter than the correlation depth or holds dipoles that are not finite.

    References
    ----------
    R. Ramírez et al., J. Chem. Phys. 121, 3973 (2004), doi:10.1063/1.1774986 (harmonic quantum
    correction).
    """
    runs = [dipoles] if isinstance(dipoles, np.ndarray) else list(dipoles)
    _check_runs(runs, "dipoles", time_step_fs=time_step_fs)
    if recipe.convention == "schnetpack":
        return schnetpack_spectrum(runs, time_step_fs=time_step_fs, recipe=recipe)
    _check_length(runs, recipe.fewest_steps(time_step_fs, differences=True), time_step_fs, recipe)
    derivatives = [dipole_derivative(run, time_step_fs=time_step_fs) for run in runs]
    spectrum = _absorption(
        derivatives,
        time_step_fs=time_step_fs,
        temperature_k=temperature_k,
        recipe=recipe,
        friction_per_fs=friction_per_fs,
    )
    if recipe.derivative == "uncorrected-difference":
        return replace(spectrum, method=f"{spectrum.method}; damping of differences left in")
    return _undo_difference(spectrum, time_step_fs=time_step_fs)


def spectrum_from_dipole_derivatives(
    derivatives: Array | Sequence[Array],
    *,
    time_step_fs: float,
    temperature_k: float,
    recipe: SpectrumRecipe,
    friction_per_fs: float = 0.0,
) -> Spectrum:
    """Make an infrared spectrum from exact time derivatives of the dipole.

    As `spectrum_from_dipoles`, but with derivatives (steps, 3) in e·Å/fs that come from elsewhere,
    such as μ̇ = Σ_i ∂μ/∂R_i · v_i; nothing is corrected and `recipe.derivative` is not used.

    Raises
    ------
    InputError
        If a trajectory is shorter than the correlation depth, or if the recipe asks for a
        convention other than "absolute".
    """
    runs = [derivatives] if isinstance(derivatives, np.ndarray) else list(derivatives)
    if recipe.convention != "absolute":
        raise InputError(f"convention {recipe.convention!r} is defined for dipoles only")
    _check_runs(runs, "dipole derivatives", time_step_fs=time_step_fs)
    _check_length(runs, recipe.fewest_steps(time_step_fs, differences=False), time_step_fs, recipe)
    spectrum = _absorption(
        runs,
        time_step_fs=time_step_fs,
        temperature_k=temperature_k,
        recipe=recipe,
        friction_per_fs=friction_per_fs,
    )
    return replace(spectrum, method=f"{spectrum.method}; exact dipole derivative")


def _absorption(
    derivatives: Sequence[Array],
    *,
    time_step_fs: float,
    temperature_k: float,
    recipe: SpectrumRecipe,
    friction_per_fs: float = 0.0,
) -> Spectrum:
    lags = recipe.depth_steps(time_step_fs)
    window = half_hann(lags + 1)
    densities = []
    blocks = split_blocks(derivatives, lags=lags, blocks=recipe.blocks)
    for derivative in [*derivatives, *blocks]:
        function = autocorrelation(derivative, lags, normalisation=recipe.normalisation)
        wavenumber, density = cosine_transform(
            function * window, spacing_fs=time_step_fs, zero_padding=recipe.zero_padding
        )
        densities.append(density)
    kept = wavenumber <= recipe.max_wavenumber_cm1
    quantum = ratio_to_harmonic(
        wavenumber[kept], temperature_k=temperature_k, factor=recipe.quantum_factor
    )
    width = window_width_cm1(
        damped(window, friction_per_fs=friction_per_fs, spacing_fs=time_step_fs),
        spacing_fs=time_step_fs,
    )
    prefactor = ABSORPTION_PER_DIPOLE_FLUX / temperature_k
    kubo = recipe.correlation == "kubo"
    correlation = "Kubo-transformed autocorrelation" if kubo else "autocorrelation"
    replicas = fold_blocks(prefactor * np.stack(densities)[:, kept] * quantum, blocks)
    return Spectrum(
        wavenumber_cm1=wavenumber[kept],
        intensity=replicas.mean(axis=0),
        unit=ABSOLUTE,
        width_cm1=width,
        method=(
            f"molecular dynamics at {temperature_k:g} K, {time_step_fs:g} fs; "
            f"{recipe.normalisation} {correlation} of the dipole derivative, half Hann window of "
            f"{lags * time_step_fs:g} fs; quantum factor {recipe.quantum_factor}; width "
            f"{width:.1f} cm^-1 of window and friction {friction_per_fs:.4g} fs^-1"
            f"{block_note(blocks, time_step_fs=time_step_fs)}"
        ),
        replicas=replicas,
    )


def _undo_difference(spectrum: Spectrum, *, time_step_fs: float) -> Spectrum:
    response = difference_response(spectrum.wavenumber_cm1, time_step_fs=time_step_fs)
    weak = response < SMALLEST_RESPONSE
    # Beyond its first zero the response rises again, but only as an alias of lower wavenumbers.
    end = int(np.argmax(weak)) if weak.any() else len(response)
    method = f"{spectrum.method}; response of central differences divided out"
    if end < len(response):
        method += f", cut at {spectrum.wavenumber_cm1[end - 1]:.0f} cm^-1"
    replicas = np.asarray(spectrum.replicas)[:, :end] / response[:end]
    return replace(
        spectrum,
        wavenumber_cm1=spectrum.wavenumber_cm1[:end],
        intensity=replicas.mean(axis=0),
        replicas=replicas,
        method=method,
    )


def _check_runs(runs: Sequence[Array], quantity: str, *, time_step_fs: float) -> None:
    if not time_step_fs > 0:
        raise InputError(f"the time step must be positive, found {time_step_fs} fs")
    if not runs:
        raise InputError(f"no {quantity} were given")
    for index, run in enumerate(runs):
        if run.ndim != 2 or run.shape[1] != 3:
            raise InputError(
                f"{quantity} of trajectory {index} have shape {run.shape}, expected (steps, 3)"
            )
        bad = ~np.isfinite(run).all(axis=1)
        if bad.any():
            raise InputError(
                f"{quantity} of trajectory {index} are not finite at {bad.sum()} of {len(run)} "
                f"steps, first at step {int(np.argmax(bad))}"
            )


def _check_length(
    runs: Sequence[Array], needed: int, time_step_fs: float, recipe: SpectrumRecipe
) -> None:
    for index, run in enumerate(runs):
        if len(run) < needed:
            raise InputError(
                f"trajectory {index} has {len(run)} steps of {time_step_fs:g} fs, but a "
                f"correlation depth of {recipe.depth_fs:g} fs needs at least {needed} steps "
                f"({needed * time_step_fs:g} fs): run longer or lower depth_fs"
            )
