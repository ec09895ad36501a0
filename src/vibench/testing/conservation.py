"""Energy conservation: the quantity velocity Verlet conserves, and its drift."""

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.trajectory import Trajectory
from vibench.core.units import FORCE_TO_ACCELERATION


def total_energy(trajectory: Trajectory) -> Array:
    """Return (steps,) potential plus kinetic energy in eV."""
    return trajectory.potential_energy + trajectory.kinetic_energy


def shadow_energy(trajectory: Trajectory) -> Array:
    r"""Return the energy that velocity Verlet conserves to fourth order, in eV.

    .. math:: \tilde H = H + Δt^2 \left(\tfrac1{12} v^T H'' v - \tfrac1{24} F^T M^{-1} F\right)

    H itself oscillates with Δt² as kinetic and potential energy are exchanged, and its mean moves
    as energy wanders between modes. That is no drift, but hides one: a trajectory of a few
    picoseconds shows drifts of the force field far better in this quantity. Accelerations and
    their derivative, which gives H″v, are differences of the positions.

    Parameters
    ----------
    trajectory
        Constant-energy trajectory with positions at every step.

    Returns
    -------
    energy : (steps - 4,)
        The first and last two steps are lost to the differences.

    Raises
    ------
    InputError
        If positions are not kept at every step, or there are fewer than 5.

    References
    ----------
    E. Hairer, C. Lubich, G. Wanner, Acta Numerica 12, 399 (2003), doi:10.1017/S0962492902000144.
    """
    if trajectory.frame_stride != 1 or len(trajectory.positions) < 5:
        raise InputError("the shadow energy needs positions at every step (frame_stride=1)")
    step, masses = trajectory.time_step_fs, trajectory.masses[:, None]
    acceleration = np.diff(trajectory.positions, n=2, axis=0) / step**2
    jerk = (acceleration[2:] - acceleration[:-2]) / (2 * step)
    velocity, acceleration = trajectory.velocities[2:-2], acceleration[1:-1]
    change = -masses * (velocity * jerk / 12 + acceleration**2 / 24)
    correction = step**2 / FORCE_TO_ACCELERATION * change.sum(axis=(1, 2))
    corrected: Array = total_energy(trajectory)[2:-2] + correction
    return corrected


def drift(energy: Array, *, time_step_fs: float, n_atoms: int) -> float:
    """Return the least-squares slope of *energy* (steps,) in eV per atom and ps."""
    time_ps = np.arange(len(energy)) * time_step_fs * 1e-3
    return float(np.polyfit(time_ps, energy - energy[0], 1)[0]) / n_atoms
