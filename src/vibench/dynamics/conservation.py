"""Energy conservation: the quantity velocity Verlet conserves, its drift, and scores of both."""

from collections.abc import Sequence

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.trajectory import Trajectory
from vibench.core.units import FORCE_TO_ACCELERATION
from vibench.statistics.estimates import mean_estimate

DRIFT = "NVE energy drift"
FLUCTUATION = "NVE energy fluctuation"


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


def conservation_scores(trajectories: Sequence[Trajectory]) -> list[Score]:
    """Return how well trajectories at constant energy conserve it; none if all of them failed.

    Drift is the slope of `shadow_energy` in meV per atom and ps, with its sign; fluctuation the
    standard deviation of potential plus kinetic energy in meV per atom, which is that of the time
    step if forces are those of the energy. Both are means over the finished trajectories.

    Raises
    ------
    InputError
        As `shadow_energy`.
    """
    finished = [one for one in trajectories if one.outcome.finished]
    if not finished:
        return []
    drifts = [
        1000 * drift(shadow_energy(one), time_step_fs=one.time_step_fs, n_atoms=len(one.numbers))
        for one in finished
    ]
    spreads = [1000 * float(np.std(total_energy(one))) / len(one.numbers) for one in finished]
    time_ps = len(finished[0].potential_energy) * finished[0].time_step_fs * 1e-3
    runs = f"mean over {len(finished)} of {len(trajectories)} trajectories of {time_ps:g} ps"
    return [
        _score(DRIFT, drifts, "meV/atom/ps", f"slope of the energy Verlet conserves, {runs}"),
        _score(FLUCTUATION, spreads, "meV/atom", f"standard deviation of the total energy, {runs}"),
    ]


def _score(name: str, values: Sequence[float], unit: str, estimand: str) -> Score:
    estimate = mean_estimate(np.array(values))
    interval = estimate.interval()
    return Score(
        name=name,
        value=estimate.value,
        unit=unit,
        higher_is_better=False,
        n=len(values),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        estimand=f"{estimand}; 95 % interval by Student's t over trajectories",
    )
