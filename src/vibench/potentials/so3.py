"""Real spherical harmonics and their coupling in SchNetPack's convention.

Components are indexed by s = l² + l + m, m = -l … l, in the real orthonormal basis with z as polar
axis and without the Condon-Shortley phase; for l = 1 they are √(3/4π) (y, z, x).
"""

import math
from functools import cache
from math import factorial

import numpy as np
import torch
from numpy.polynomial import legendre, polynomial
from torch import Tensor, nn

from vibench.core.molecules import Array
from vibench.potentials.constants import ExactTable


def clebsch_gordan(l1: int, l2: int, l3: int) -> Array:
    """Return (2l1+1, 2l2+1, 2l3+1) coefficients ⟨l1 m1 l2 m2|l3 m3⟩, m from -l to l.

    References
    ----------
    G. Racah, Phys. Rev. 62, 438 (1942), eq. 16.
    """
    coefficients = np.zeros((2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1))
    for m1 in range(-l1, l1 + 1):
        for m2 in range(max(-l2, -l3 - m1), min(l2, l3 - m1) + 1):
            coefficients[m1 + l1, m2 + l2, m1 + m2 + l3] = _racah(l1, l2, l3, m1, m2)
    return coefficients


def _racah(l1: int, l2: int, l3: int, m1: int, m2: int) -> float:
    m3 = m1 + m2
    if not abs(l1 - l2) <= l3 <= l1 + l2:
        return 0.0
    triangle = (
        factorial(l1 + l2 - l3) * factorial(l1 - l2 + l3) * factorial(-l1 + l2 + l3)
    ) / factorial(l1 + l2 + l3 + 1)
    states = math.prod(
        factorial(l + m) * factorial(l - m) for l, m in ((l1, m1), (l2, m2), (l3, m3))
    )
    total = 0.0
    for k in range(max(0, l2 - l3 - m1, l1 - l3 + m2), min(l1 + l2 - l3, l1 - m1, l2 + m2) + 1):
        parts = (k, l1 + l2 - l3 - k, l1 - m1 - k, l2 + m2 - k, l3 - l2 + m1 + k, l3 - l1 - m2 + k)
        total += (-1) ** k / math.prod(factorial(part) for part in parts)
    return math.sqrt((2 * l3 + 1) * triangle * states) * total


def real_from_complex(l: int) -> Array:
    """Return the (2l+1, 2l+1) unitary that gives real harmonics from complex ones."""
    matrix = np.zeros((2 * l + 1, 2 * l + 1), dtype=np.complex128)
    matrix[l, l] = 1
    for m in range(1, l + 1):
        sign = (-1) ** m
        matrix[l + m, [l - m, l + m]] = np.array([1, sign]) / np.sqrt(2)
        matrix[l - m, [l - m, l + m]] = np.array([1j, -1j * sign]) / np.sqrt(2)
    return matrix


@cache
def real_coupling(lmax: int, *, float32: bool) -> Array:
    """Return (n, n, n), n = (lmax+1)², coupling coefficients of real harmonics.

    Only products whose parity is that of the result are kept. With *float32*, the arithmetic is
    that of single precision, as in SchNetPack, whose coefficients are off by up to 1e-7.
    """
    size = (lmax + 1) ** 2
    coupling, unitary = np.zeros((size, size, size)), np.zeros((size, size), dtype=np.complex128)
    for l in range(lmax + 1):
        unitary[_block(l), _block(l)] = real_from_complex(l)
    for l1, l2, l3 in np.ndindex(lmax + 1, lmax + 1, lmax + 1):
        if (l1 + l2 + l3) % 2 == 0:
            coupling[_block(l1), _block(l2), _block(l3)] = clebsch_gordan(l1, l2, l3)
    kind = np.complex64 if float32 else np.complex128
    result: Array = coupling.astype(kind)
    real: Array = unitary.astype(kind)
    for matrix in (real, real, real.conj()):
        # The first axis is contracted, the real one put last: after three all are in place.
        result = np.einsum("ijk,mi->jkm", result, matrix)
    return result.real.astype(np.float64)


def _block(l: int) -> slice:
    return slice(l * l, (l + 1) ** 2)


def degrees(lmax: int) -> Tensor:
    """Return ((lmax+1)²,) l of every component."""
    return torch.repeat_interleave(torch.arange(lmax + 1), 2 * torch.arange(lmax + 1) + 1)


class RealSphericalHarmonics(nn.Module):
    """Y_lm(u) = √((2l+1)/2π) Π_lm(z) A_m(x, y), a polynomial of the components of u.

    Π_lm is √((l-|m|)!/(l+|m|)!) times the |m|-th derivative of the Legendre polynomial P_l; A_m is
    the real part of (x+iy)^m for m > 0, the imaginary part of (x+iy)^|m| for m < 0, and √½ for
    m = 0.
    With *float32_constants*, Π and √½ are rounded to single precision, as in SchNetPack.
    """

    def __init__(self, lmax: int, *, float32_constants: bool = False) -> None:
        super().__init__()
        self.lmax = lmax
        kind = np.float32 if float32_constants else np.float64
        coefficients = np.zeros((lmax + 1, (lmax + 1) ** 2))
        for l in range(lmax + 1):
            for m in range(-l, l + 1):
                series = _associated_legendre(l, abs(m)).astype(kind)
                column = np.sqrt((2 * l + 1) / (2 * np.pi)) * series.astype(np.float64)
                coefficients[: len(series), l * l + l + m] = column
        self.coefficients = ExactTable(coefficients)
        self.sqrt_half = float(kind(np.sqrt(0.5)))

    def forward(self, directions: Tensor) -> Tensor:
        """Return (pairs, (lmax+1)²) harmonics of (pairs, 3) unit vectors."""
        x, y, z = directions.unbind(dim=1)
        powers = torch.stack([z**k for k in range(self.lmax + 1)], dim=1)
        real, imaginary = [torch.full_like(x, self.sqrt_half)], [torch.zeros_like(x)]
        for m in range(1, self.lmax + 1):
            before = (torch.ones_like(x), imaginary[0]) if m == 1 else (real[-1], imaginary[-1])
            real.append(x * before[0] - y * before[1])
            imaginary.append(x * before[1] + y * before[0])
        around = [
            real[m] if m >= 0 else imaginary[-m]
            for l in range(self.lmax + 1)
            for m in range(-l, l + 1)
        ]
        return (powers @ self.coefficients.values) * torch.stack(around, dim=1)


def _associated_legendre(l: int, m: int) -> Array:
    """Return coefficients of ascending powers of z of Π_lm."""
    series = polynomial.polyder(legendre.leg2poly([0.0] * l + [1.0]), m)
    scaled: Array = np.sqrt(factorial(l - m) / factorial(l + m)) * series
    return scaled
