"""Projection of trajectories on normal modes.

Wells are minima and their images (`vibench.vibrations.images`). Distances from them are averaged
over a short stretch of time, so that a molecule on a barrier does not go back and forth. At a
change of well Q and dQ/dt jump, which adds a flat background to their spectra. Modes of several
minima are one another's in order of frequency. Along large amplitudes, such as the turn of a methyl
group between two wells, straight eigenvectors mix with one another: modes that follow such a motion
are projected only roughly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.superposition import best_rotation, centred, mean_square_distance
from vibench.core.trajectory import Trajectory
from vibench.vibrations.images import Image, images
from vibench.vibrations.rigid import rigid_motions


@dataclass(frozen=True, slots=True, eq=False)
class ModeMotion:
    """Motion of one replica along the normal modes of the well it is in."""

    velocities: Array
    """(frames, modes) dQ/dt in Å·√amu/fs."""
    amplitudes: Array
    """(frames, modes) Q in Å·√amu."""
    minimum: Array
    """(frames,) index of the minimum whose image each frame is nearest to."""
    distance_angstrom: Array
    """(frames,) mass-weighted root mean square distance from that image in Å."""
    changes: int
    """How often the trajectory went over to another well."""
    spacing_fs: float
    """Time between two frames in fs."""


def project(
    trajectory: Trajectory,
    minima: Sequence[Modes],
    *,
    equivalent_wells: bool = True,
    stretch_fs: float = 50.0,
) -> ModeMotion:
    r"""Project a trajectory on the normal modes of the minima it visits.

    For each frame the centre of mass is removed and the molecule turned into the Eckart frame of
    the nearest well a. With R the rotation, Ω the angular velocity of the frame, r and v
    positions and velocities about the centre of mass,

    .. math:: Q_n = \sum_i \sqrt{m_i}\, \mathbf e_{ni} \cdot (R\mathbf r_i - \mathbf a_i),\qquad
              \dot Q_n = \sum_i \sqrt{m_i}\, \mathbf e_{ni} \cdot
              (R\mathbf v_i + \boldsymbol Ω \times R\mathbf r_i)

    so that the second is the exact time derivative of the first. Ω follows from the derivative of
    Eckart's conditions, :math:`\sum_i m_i \mathbf a_i \times (R\mathbf v_i + \boldsymbol Ω \times
    R\mathbf r_i) = 0`. About the axis of a linear molecule the frame does not turn.

    The nearest well is that of least mass-weighted mean square distance.

    Parameters
    ----------
    trajectory
        One replica, with positions and velocities.
    minima
        Modes of the same atoms in the same order, all with the same number of modes.
    equivalent_wells
        Whether images are wells, or only *minima* themselves.
    stretch_fs
        Time in fs over which distances are averaged.

    Raises
    ------
    InputError
        If there are no modes or no frames, if atoms or numbers of modes differ, or if there are
        too many images.

    References
    ----------
    C. Eckart, Phys. Rev. 47, 552 (1935), doi:10.1103/PhysRev.47.552; K. N. Kudin, A. Y. Dymarsky,
    J. Chem. Phys. 122, 224105 (2005), doi:10.1063/1.1929739.
    """
    _check(trajectory, minima)
    spacing_fs = trajectory.time_step_fs * trajectory.frame_stride
    wells = images(minima) if equivalent_wells else [_as_given(i, m) for i, m in enumerate(minima)]
    return _in_wells(trajectory, wells, spacing_fs, stretch_fs)


def _in_wells(
    trajectory: Trajectory, wells: Sequence[Image], spacing_fs: float, stretch_fs: float
) -> ModeMotion:
    masses = trajectory.masses
    positions = centred(trajectory.positions, masses)
    velocities = centred(trajectory.velocities, masses)
    squared = np.stack([mean_square_distance(positions, w.positions, masses) for w in wells])
    window = max(1, min(round(stretch_fs / spacing_fs), len(positions)))
    well = uniform_filter1d(squared, window, axis=1, mode="nearest").argmin(axis=0)
    amplitudes = np.empty((len(positions), len(wells[0].eigenvectors)))
    rates = np.empty_like(amplitudes)
    for index in np.unique(well):
        here = well == index
        amplitudes[here], rates[here] = _in_well(
            positions[here], velocities[here], wells[index], masses
        )
    return ModeMotion(
        velocities=rates,
        amplitudes=amplitudes,
        minimum=np.array([image.minimum for image in wells])[well],
        distance_angstrom=np.sqrt(squared[well, np.arange(len(well))]),
        changes=int(np.count_nonzero(np.diff(well))),
        spacing_fs=spacing_fs,
    )


def _in_well(
    positions: Array, velocities: Array, well: Image, masses: Array
) -> tuple[Array, Array]:
    """Return Q and dQ/dt (frames, modes) in one well."""
    linear = len(rigid_motions(well.positions, masses)) < 6
    turn = _along_axis if linear else best_rotation
    rotation = np.swapaxes(turn(positions, well.positions, masses), -1, -2)
    turned, moving = positions @ rotation, velocities @ rotation
    # Σ m [(a·r) 1 - r aᵀ] Ω = -Σ m a × v; singular about the axis of a linear molecule only.
    weighted = masses[:, None] * well.positions
    product = np.einsum("ai,faj->fji", weighted, turned)
    matrix = np.trace(product, axis1=1, axis2=2)[:, None, None] * np.eye(3) - product
    momentum = np.cross(weighted[None], moving).sum(axis=1)
    omega = -np.einsum("fij,fj->fi", np.linalg.pinv(matrix, rcond=1e-6), momentum)
    shapes = (np.sqrt(masses)[:, None] * well.eigenvectors).reshape(len(well.eigenvectors), -1)
    inner = moving + np.cross(omega[:, None, :], turned)
    frames = len(positions)
    return (
        (turned - well.positions).reshape(frames, -1) @ shapes.T,
        inner.reshape(frames, -1) @ shapes.T,
    )


def _along_axis(positions: Array, fixed: Array, masses: Array) -> Array:
    """Return (frames, 3, 3) Eckart frames of a linear molecule that do not turn about its axis.

    Each is the one before, followed by the shortest turn of the axis; the first is the shortest
    turn from the axes of the laboratory.
    """
    end = fixed[np.argmax(np.einsum("ai,ai->a", fixed, fixed))]
    target = end / np.linalg.norm(end)
    axes = np.einsum("a,fai->fi", masses * (fixed @ target), positions)
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    rotations = np.empty((len(positions), 3, 3))
    rotation = np.eye(3)
    for frame, axis in enumerate(axes):
        rotation = _shortest_turn(rotation @ axis, target) @ rotation
        rotations[frame] = rotation
    return rotations


def _shortest_turn(start: Array, end: Array) -> Array:
    """Return the rotation by the smallest angle of one unit vector into another (Rodrigues)."""
    x, y, z = np.cross(start, end)
    cosine = float(start @ end)
    if cosine < -1 + 1e-12:
        across = np.linalg.svd(start[None])[2][1]
        return np.asarray(2 * np.outer(across, across) - np.eye(3))
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))


def _as_given(index: int, modes: Modes) -> Image:
    return Image(index, centred(modes.positions, modes.masses), modes.eigenvectors)


def _check(trajectory: Trajectory, minima: Sequence[Modes]) -> None:
    if not minima or not len(minima[0].frequencies_cm1):
        raise InputError(f"{trajectory.name}: there are no modes to project the trajectory on")
    if not len(trajectory.positions):
        raise InputError(
            f"{trajectory.name}: replica {trajectory.replica} has no frames; lower frame_stride"
        )
    for modes in minima:
        if not np.array_equal(modes.numbers, trajectory.numbers):
            raise InputError(
                f"{trajectory.name}: modes belong to atoms {modes.numbers.tolist()}, the "
                f"trajectory to {trajectory.numbers.tolist()}"
            )
        if not np.allclose(modes.masses, trajectory.masses, rtol=1e-6, atol=0):
            raise InputError(
                f"{trajectory.name}: masses of modes {modes.masses.tolist()} are not those of "
                f"the trajectory {trajectory.masses.tolist()}"
            )
        if len(modes.frequencies_cm1) != len(minima[0].frequencies_cm1):
            raise InputError(
                f"{trajectory.name}: minima with {len(minima[0].frequencies_cm1)} and "
                f"{len(modes.frequencies_cm1)} modes cannot be projected on together"
            )
