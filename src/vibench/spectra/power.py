"""Power spectra of velocities: vibrational density of states, whole or by element, atom or mode."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase.data import chemical_symbols

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Trajectory
from vibench.core.units import BOLTZMANN, FORCE_TO_ACCELERATION, SPEED_OF_LIGHT
from vibench.signals.correlation import autocorrelation
from vibench.signals.transforms import cosine_transform
from vibench.signals.windows import half_hann, window_width_cm1
from vibench.spectra.recipe import SpectrumRecipe
from vibench.spectra.survivors import survivors

type Parts = Literal["molecule", "element", "atom"]


@dataclass(frozen=True, slots=True, eq=False)
class ModePower:
    """Power spectra of the normal modes of one molecule."""

    wavenumber_cm1: Array
    """(points,) ascending wavenumbers in cm⁻¹."""
    replicas: Array
    """(replicas, modes, points) power in 1/cm⁻¹; a mode integrates to ⟨(dQ/dt)²⟩/kT."""
    width_cm1: float
    """Full width at half maximum in cm⁻¹ that the window gives to a sharp line."""
    temperature_k: float
    """Temperature in K."""


def power_spectrum(
    trajectories: Sequence[Trajectory], recipe: SpectrumRecipe, *, by: Parts = "molecule"
) -> dict[str, Spectrum]:
    r"""Make mass-weighted power spectra of velocities (the vibrational density of states).

    .. math:: P(ν̃) = \frac{2c}{k_B T} \sum_i m_i \int_{-\infty}^{\infty}
              \langle \mathbf v_i(0) \cdot \mathbf v_i(t) \rangle w(t)\, e^{-iωt}\, dt

    with w the half Hann window. Under equipartition P integrates over positive wavenumbers to the
    number of modes, 3 per atom: rotation and, where the centre of mass moves, translation are
    among them, at the lowest wavenumbers. There are no selection rules and no quantum factor.

    Parameters
    ----------
    trajectories
        Replicas of one molecule at one temperature; failed ones are left out.
    recipe
        Settings, of which `depth_fs`, `zero_padding`, `normalisation` and `max_wavenumber_cm1`
        are used.
    by
        One spectrum of the whole ``"molecule"``, one per ``"element"``, or one per ``"atom"``.

    Returns
    -------
    Name of the molecule, symbol (``"C"``) or symbol and index (``"C0"``) → spectrum in 1/cm⁻¹,
    with one per replica in `Spectrum.replicas`.

    Raises
    ------
    InputError
        If too many trajectories failed (see `survivors`), if trajectories do not belong together,
        or if their frames are too few or too far apart.

    References
    ----------
    D. A. McQuarrie, Statistical Mechanics (1976), ch. 21; M. Thomas et al., Phys. Chem. Chem.
    Phys. 15, 6608 (2013), doi:10.1039/c3cp44302g.
    """
    runs = _matching(survivors(trajectories, recipe))
    first = runs[0]
    spacing_fs = first.time_step_fs * first.frame_stride
    weight = np.sqrt(first.masses)[:, None]
    found = [_power(run.velocities * weight, spacing_fs, run.temperature_k, recipe) for run in runs]
    wavenumber, width, _ = found[0]
    replicas = np.stack([rows for _, _, rows in found])
    method = (
        f"mass-weighted power spectrum of velocities at {first.temperature_k:g} K, frames "
        f"{spacing_fs:g} fs apart; {len(runs)} replicas, {first.thermostat}"
    )
    return {
        name: Spectrum(
            wavenumber_cm1=wavenumber,
            intensity=replicas[:, atoms].sum(axis=1).mean(axis=0),
            unit="1/cm^-1",
            width_cm1=width,
            method=method,
            replicas=replicas[:, atoms].sum(axis=1),
        )
        for name, atoms in _parts(first, by).items()
    }


def mode_power(
    velocities: Sequence[Array],
    *,
    spacing_fs: float,
    temperature_k: float,
    recipe: SpectrumRecipe,
) -> ModePower:
    """Make the power spectrum of each normal mode.

    Parameters
    ----------
    velocities : list of (frames, modes)
        dQ/dt in Å·√amu/fs, one array per independent replica
        (`vibench.vibrations.projection.project`).
    spacing_fs
        Time between two frames in fs.
    temperature_k
        Temperature in K.
    recipe
        Settings, as in `power_spectrum`.

    Raises
    ------
    InputError
        If nothing is given, or frames are too few or too far apart.
    """
    if not velocities:
        raise InputError("there are no velocities of modes to make power spectra of")
    found = [_power(run[:, :, None], spacing_fs, temperature_k, recipe) for run in velocities]
    wavenumber, width, _ = found[0]
    return ModePower(wavenumber, np.stack([row for _, _, row in found]), width, temperature_k)


def _power(
    velocities: Array, spacing_fs: float, temperature_k: float, recipe: SpectrumRecipe
) -> tuple[Array, float, Array]:
    """Return wavenumbers, line width and (parts, points) power of (frames, parts, components)."""
    lags = max(1, round(recipe.depth_fs / spacing_fs))
    _check_frames(len(velocities), lags, spacing_fs, recipe)
    window = half_hann(lags + 1)
    scale = 2 * SPEED_OF_LIGHT / (BOLTZMANN * temperature_k * FORCE_TO_ACCELERATION)
    rows, wavenumber = [], np.empty(0)
    for part in range(velocities.shape[1]):
        correlation = autocorrelation(velocities[:, part], lags, normalisation=recipe.normalisation)
        wavenumber, density = cosine_transform(
            correlation * window, spacing_fs=spacing_fs, zero_padding=recipe.zero_padding
        )
        rows.append(scale * density)
    kept = wavenumber <= recipe.max_wavenumber_cm1
    width = window_width_cm1(window, spacing_fs=spacing_fs)
    return wavenumber[kept], width, np.stack(rows)[:, kept]


def _check_frames(frames: int, lags: int, spacing_fs: float, recipe: SpectrumRecipe) -> None:
    nyquist = 1 / (2 * SPEED_OF_LIGHT * spacing_fs)
    if nyquist < recipe.max_wavenumber_cm1:
        raise InputError(
            f"frames {spacing_fs:g} fs apart show vibrations up to {nyquist:.0f} cm^-1 only, but "
            f"the spectrum is to reach {recipe.max_wavenumber_cm1:g} cm^-1: run dynamics with a "
            f"smaller frame_stride, or lower max_wavenumber_cm1 if nothing vibrates above"
        )
    if frames <= lags:
        raise InputError(
            f"a trajectory has {frames} frames {spacing_fs:g} fs apart, but a correlation depth "
            f"of {recipe.depth_fs:g} fs needs at least {lags + 1}: run longer or lower depth_fs"
        )


def _parts(run: Trajectory, by: Parts) -> dict[str, Array]:
    """Return which atoms each part is made of."""
    symbols = [chemical_symbols[number] for number in run.numbers]
    if by == "molecule":
        return {run.name: np.arange(len(symbols))}
    if by == "atom":
        return {f"{symbol}{atom}": np.array([atom]) for atom, symbol in enumerate(symbols)}
    return {
        symbol: np.flatnonzero(np.array(symbols) == symbol) for symbol in dict.fromkeys(symbols)
    }


def _matching(finished: list[Trajectory]) -> list[Trajectory]:
    """Return the trajectories, all of one molecule, temperature and spacing."""
    for quantity in ("name", "temperature_k", "time_step_fs", "frame_stride"):
        found = sorted({str(getattr(run, quantity)) for run in finished})
        if len(found) > 1:
            raise InputError(
                f"one power spectrum needs replicas of equal {quantity}, found {', '.join(found)}"
            )
    return finished
