"""Real spherical harmonics up to l = 3, in the convention of MACE and e3nn."""

import math

import torch
from torch import Tensor


def spherical_harmonics(directions: Tensor, lmax: int) -> Tensor:
    """Return (pairs, (lmax+1)²) harmonics Y_lm of (pairs, 3) unit vectors, l from 0 to *lmax* ≤ 3.

    They are polynomials of x, y and z with Σ_m Y_lm² = 2l+1 and with y as polar axis, so that
    those of l = 1 are √3 (x, y, z):

    - l = 2: √5 (a₀, a₁, a₂, a₃, a₄) = √5 (√3 xz, √3 xy, y² - (x²+z²)/2, √3 yz, √3 (z²-x²)/2),
    - l = 3: √7 (√(5/6) (a₀z + a₄x), √5 a₀y, √(3/8) qx, y (2y² - 3(x²+z²))/2, √(3/8) qz, √5 a₄y,
      √(5/6) (a₄z - a₀x)) with q = 4y² - (x²+z²).

    References
    ----------
    M. Geiger, T. Smidt, arXiv:2207.09453 (e3nn).
    """
    x, y, z = directions.unbind(dim=1)
    components = [torch.ones_like(x)]
    if lmax >= 1:
        components += [math.sqrt(3) * part for part in (x, y, z)]
    if lmax >= 2:
        around = x * x + z * z
        first, last = math.sqrt(3) * x * z, math.sqrt(3) / 2 * (z * z - x * x)
        second = (first, math.sqrt(3) * x * y, y * y - around / 2, math.sqrt(3) * y * z, last)
        components += [math.sqrt(5) * part for part in second]
    if lmax >= 3:
        q = 4 * y * y - around
        third = (
            math.sqrt(5 / 6) * (first * z + last * x),
            math.sqrt(5) * first * y,
            math.sqrt(3 / 8) * q * x,
            y * (2 * y * y - 3 * around) / 2,
            math.sqrt(3 / 8) * q * z,
            math.sqrt(5) * last * y,
            math.sqrt(5 / 6) * (last * z - first * x),
        )
        components += [math.sqrt(7) * part for part in third]
    return torch.stack(components, dim=1)
