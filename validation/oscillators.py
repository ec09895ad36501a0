r"""Dipoles whose infrared spectrum is known exactly: sums of oscillators in a heat bath.

Each band is a damped harmonic oscillator in white noise, q̈ = -ω₀²q - γq̇ + noise, that carries a
dipole along a fixed axis. Its motion is Gaussian and linear, so it is sampled on any grid of times
without an integration error: with the roots λ, λ* = -γ/2 ± iΩ of the equation of motion the complex
coordinate z = q̇ - λ*q obeys ż = λz + noise, one step of which is

    z(t + Δ) = e^{λΔ} z(t) + η,    ⟨|η|²⟩ = 2s (1 - e^{-γΔ}),    ⟨η²⟩ = γs (e^{2λΔ} - 1)/λ,

where s = ⟨q̇²⟩, and q̇ = Im(λz)/Ω. The correlation function of q̇ is
s e^{-γt/2} [cos Ωt - (γ/2Ω) sin Ωt].

A band may also change its strength slowly: its flux is then multiplied by c + m x(t) with an
Ornstein-Uhlenbeck process x of unit variance and c² + m² = 1, which multiplies the correlation
function by c² + m² e^{-t/τ}. Replicas shorter than τ have not mixed, as where conformers exchange.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.units import (
    ABSORPTION_PER_DIPOLE_FLUX,
    BOLTZMANN,
    FORCE_TO_ACCELERATION,
    INTENSITY_PER_DIPOLE_DERIVATIVE,
    SPEED_OF_LIGHT,
)
from vibench.signals.transforms import cosine_transform
from vibench.signals.windows import half_hann, window_width_cm1
from vibench.spectra.md import spectrum_from_dipole_derivatives
from vibench.spectra.recipe import SpectrumRecipe

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """One oscillator."""

    wavenumber_cm1: float
    """ω₀/2πc in cm⁻¹."""
    area_km_per_mol: float
    """Integrated intensity in km/mol."""
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """Direction of its dipole, of any length."""
    friction_per_fs: float = 1 / 1018
    """γ in fs⁻¹."""
    modulation: float = 0.0
    """m, the part of the flux whose strength fluctuates; 0 for none."""
    exchange_fs: float = 10_000.0
    """τ in fs, the correlation time of that fluctuation."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How trajectories are made and how they become spectra."""

    length_fs: float = 10_000.0
    """Length of a replica in fs."""
    time_step_fs: float = 4.0
    """Time step in fs; 4 fs still reach 4170 cm⁻¹, and nothing is integrated."""
    depth_fs: float = 1000.0
    """Correlation depth in fs."""
    temperature_k: float = 300.0
    """Temperature in K."""

    @property
    def steps(self) -> int:
        """Number of steps of one replica."""
        return round(self.length_fs / self.time_step_fs)

    @property
    def recipe(self) -> SpectrumRecipe:
        """Settings of the spectra, on a coarse grid to save time."""
        return SpectrumRecipe(depth_fs=self.depth_fs, zero_padding=2, max_wavenumber_cm1=4100.0)


MOLECULE = (
    Band(750.0, 40.0, (1.0, 0.0, 0.0)),
    Band(1100.0, 90.0, (0.0, 1.0, 1.0)),
    Band(1450.0, 20.0, (0.0, 1.0, 0.0)),
    Band(1720.0, 150.0, (1.0, 0.0, 1.0)),
    Band(2950.0, 60.0, (0.0, 0.0, 1.0)),
    Band(3650.0, 45.0, (1.0, 1.0, 0.0)),
)
"""Six bands between 600 and 3700 cm⁻¹, about as strong as those of a small organic molecule."""


def shifted(
    bands: Sequence[Band], shifts_cm1: dict[int, float], factors: dict[int, float] | None = None
) -> tuple[Band, ...]:
    """Return *bands* of which some, by index, are moved by a shift or have an area of a factor."""
    factors = factors or {}
    return tuple(
        Band(
            band.wavenumber_cm1 + shifts_cm1.get(index, 0.0),
            band.area_km_per_mol * factors.get(index, 1.0),
            band.axis,
            band.friction_per_fs,
            band.modulation,
            band.exchange_fs,
        )
        for index, band in enumerate(bands)
    )


DIFFERENT = shifted(MOLECULE, {1: 20.0, 4: -20.0}, {0: 1.3, 3: 1.3})
"""Another model of the molecule: two bands moved by 20 cm⁻¹, two areas larger by 30 %."""


def flux_variance(band: Band, temperature_k: float) -> float:
    """Return ⟨μ̇²⟩ in (e·Å/fs)²: |∂μ/∂Q|² k_B T, with |∂μ/∂Q|² from the area."""
    strength = band.area_km_per_mol / INTENSITY_PER_DIPOLE_DERIVATIVE
    return strength * BOLTZMANN * temperature_k * FORCE_TO_ACCELERATION


def exact_correlation(bands: Sequence[Band], lags_fs: Array, temperature_k: float) -> Array:
    """Return ⟨μ̇(0)·μ̇(t)⟩ in (e·Å/fs)² at the given lags."""
    total = np.zeros_like(lags_fs)
    for band in bands:
        root = _root(band)
        decay, omega = -root.real, root.imag
        motion = np.cos(omega * lags_fs) - decay / omega * np.sin(omega * lags_fs)
        part = band.modulation**2
        exchange = 1 - part + part * np.exp(-lags_fs / band.exchange_fs)
        variance = flux_variance(band, temperature_k)
        total += variance * np.exp(-decay * lags_fs) * motion * exchange
    return total


def exact_spectrum(bands: Sequence[Band], sampling: Sampling) -> Spectrum:
    """Return the expectation of every spectrum made from these oscillators, window included.

    The unbiased autocorrelation has the exact correlation function as its mean at any length.
    """
    recipe = sampling.recipe
    lags = round(sampling.depth_fs / sampling.time_step_fs)
    window = half_hann(lags + 1)
    time_fs: Array = np.arange(lags + 1, dtype=np.float64) * sampling.time_step_fs
    correlation = exact_correlation(bands, time_fs, sampling.temperature_k)
    wavenumber, density = cosine_transform(
        correlation * window,
        spacing_fs=sampling.time_step_fs,
        zero_padding=recipe.zero_padding,
    )
    kept = wavenumber <= recipe.max_wavenumber_cm1
    return Spectrum(
        wavenumber_cm1=wavenumber[kept],
        intensity=ABSORPTION_PER_DIPOLE_FLUX / sampling.temperature_k * density[kept],
        unit=ABSOLUTE,
        width_cm1=window_width_cm1(window, spacing_fs=sampling.time_step_fs),
        method="exact",
    )


def sample_fluxes(
    bands: Sequence[Band], replicas: int, sampling: Sampling, rng: np.random.Generator
) -> Array:
    """Return (replicas, steps, 3) exact samples of the dipole flux in e·Å/fs."""
    flux = np.zeros((replicas, sampling.steps, 3))
    for band in bands:
        axis = np.asarray(band.axis) / np.linalg.norm(band.axis)
        motion = _velocities(band, replicas, sampling, rng)
        if band.modulation:
            motion *= _strengths(band, replicas, sampling, rng)
        motion *= np.sqrt(flux_variance(band, sampling.temperature_k))
        for component in np.flatnonzero(axis):
            flux[:, :, component] += axis[component] * motion
    return flux


def sample_spectrum(
    bands: Sequence[Band], replicas: int, sampling: Sampling, rng: np.random.Generator
) -> Spectrum:
    """Return the spectrum of so many independent replicas, made by vibench from their fluxes."""
    return spectrum_from_dipole_derivatives(
        list(sample_fluxes(bands, replicas, sampling, rng)),
        time_step_fs=sampling.time_step_fs,
        temperature_k=sampling.temperature_k,
        recipe=sampling.recipe,
    )


def _root(band: Band) -> complex:
    """Return λ = -γ/2 + iΩ in fs⁻¹."""
    omega = 2 * np.pi * SPEED_OF_LIGHT * band.wavenumber_cm1
    half = band.friction_per_fs / 2
    return complex(-half, np.sqrt(omega**2 - half**2))


def _velocities(band: Band, replicas: int, sampling: Sampling, rng: np.random.Generator) -> Array:
    """Return (replicas, steps) velocities of unit variance."""
    root, step_fs = _root(band), sampling.time_step_fs
    gamma = -2 * root.real
    z = _complex_normal(
        2 * -np.expm1(-gamma * step_fs),
        gamma * np.expm1(2 * root * step_fs) / root,
        (replicas, sampling.steps),
        rng,
    )
    z[:, 0] = _complex_normal(2.0, -gamma / root, (replicas,), rng)
    motion = lfilter([1.0], [1.0, -np.exp(root * step_fs)], z, axis=1)
    return np.asarray((root * motion).imag / root.imag)


def _complex_normal(
    square: float, pseudo: complex, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.complex128]:
    """Return complex Gaussian numbers with ⟨|η|²⟩ = *square* and ⟨η²⟩ = *pseudo*."""
    half_turn = np.exp(0.5j * np.angle(pseudo))
    wide = np.sqrt((square + abs(pseudo)) / 2)
    narrow = np.sqrt(max(square - abs(pseudo), 0.0) / 2)
    pairs = rng.standard_normal((*shape, 2)).view(np.complex128)[..., 0]
    return np.asarray(half_turn * (wide * pairs.real + 1j * narrow * pairs.imag))


def _strengths(band: Band, replicas: int, sampling: Sampling, rng: np.random.Generator) -> Array:
    """Return (replicas, steps) factors c + m x(t)."""
    decay = np.exp(-sampling.time_step_fs / band.exchange_fs)
    noise = rng.standard_normal((replicas, sampling.steps))
    noise[:, 1:] *= np.sqrt(1 - decay**2)
    x = lfilter([1.0], [1.0, -decay], noise, axis=1)
    return np.asarray(np.sqrt(1 - band.modulation**2) + band.modulation * x)
