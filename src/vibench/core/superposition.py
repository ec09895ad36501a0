"""Superposition: the rotation that lays one geometry upon another."""

import numpy as np

from vibench.core.molecules import Array


def centred(positions: Array, weights: Array) -> Array:
    """Return positions (..., atoms, 3) about their centre, weighted by *weights* (atoms,)."""
    centre = np.einsum("a,...ai->...i", weights, positions) / weights.sum()
    moved: Array = positions - centre[..., None, :]
    return moved


def best_rotation(moving: Array, fixed: Array, weights: Array) -> Array:
    r"""Return the proper rotation that lays one geometry upon another.

    .. math:: \min_R \sum_i w_i |R \mathbf r_i - \mathbf a_i|^2

    At the minimum no infinitesimal turn helps, so Σ w_i a_i × R r_i = 0: with masses as weights
    these are Eckart's conditions, and R is the Eckart frame, not an approximation of it. For a
    linear molecule the turn about its axis is left open and any value is returned.

    Parameters
    ----------
    moving : (..., atoms, 3)
        Geometries r in Å about their weighted centre (`centred`).
    fixed : (atoms, 3)
        Geometry a in Å about its weighted centre, with the same order of atoms.
    weights : (atoms,)
        Weights w, e.g. masses in amu.

    Returns
    -------
    rotation : (..., 3, 3)
        R; rows of positions are turned by ``positions @ R.T``. Reflections are not allowed.

    References
    ----------
    W. Kabsch, Acta Cryst. A 32, 922 (1976), doi:10.1107/S0567739476001873; K. N. Kudin,
    A. Y. Dymarsky, J. Chem. Phys. 122, 224105 (2005), doi:10.1063/1.1929739 (Eckart's conditions).
    """
    left, _, right = np.linalg.svd(_covariance(moving, fixed, weights))
    right = right.copy()
    right[..., 2, :] *= np.sign(np.linalg.det(left @ right))[..., None]
    rotation: Array = np.swapaxes(left @ right, -1, -2)
    return rotation


def mean_square_distance(moving: Array, fixed: Array, weights: Array) -> Array:
    """Return the weighted mean square distance in Å² after the best proper rotation.

    Arguments are those of `best_rotation`; the result has the shape of its leading axes. It
    comes from the singular values s of the covariance, Σw(r² + a²) - 2(s₁ + s₂ ± s₃), without R.
    """
    covariance = _covariance(moving, fixed, weights)
    values = np.linalg.svd(covariance, compute_uv=False)
    overlap = values[..., 0] + values[..., 1]
    overlap = overlap + np.where(np.linalg.det(covariance) < 0, -1, 1) * values[..., 2]
    size = np.einsum("a,...ai,...ai->...", weights, moving, moving)
    size = size + np.einsum("a,ai,ai->", weights, fixed, fixed)
    distance: Array = np.maximum(size - 2 * overlap, 0) / weights.sum()
    return distance


def _covariance(moving: Array, fixed: Array, weights: Array) -> Array:
    product: Array = np.swapaxes(moving, -1, -2) @ (weights[:, None] * fixed)
    return product
