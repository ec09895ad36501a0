"""What "the same" means: noise, batches, restarts and the company of failing trajectories."""

from dataclasses import replace

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.molecules import (
    Array,
    Molecules,
    concatenate,
    iterate,
    select,
    single,
    with_positions,
)
from vibench.core.properties import Properties
from vibench.core.trajectory import Trajectory
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.noise import BLOCK_STEPS, Noise
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.testing.springs import (
    Spring,
    Springs,
    spring_molecules,
    spring_water,
    water_springs,
)

INTEGRATORS = ["nve", "langevin-baoab", "langevin-ase"]


def _recipe(**changes: object) -> DynamicsRecipe:
    settings: dict[str, object] = {
        "replicas": 3,
        "equilibration_fs": 20.0,
        "production_fs": 80.0,
        "frame_stride": 5,
        "friction_per_fs": 0.01,
        "temperatures_k": (200.0, 300.0),
    }
    return DynamicsRecipe(**(settings | changes))


def _trajectories(
    potential: object, starts: list[Molecules[Array]], recipe: DynamicsRecipe
) -> list[Trajectory]:
    sink = MemorySink()
    run(potential, starts, recipe, sink)
    restart = sink.restart()
    assert restart is not None
    return assemble(sink.frames(), restart, build_ensemble(starts, recipe), recipe)


def _hydrogen() -> Molecules[Array]:
    return single("hydrogen", [1, 1], [[0.0, 0.0, 0.0], [1.55, 0.0, 0.0]], [1.008, 1.008])


def test_noise_is_the_same_bits_alone_and_in_a_batch() -> None:
    recipe = _recipe()
    many = build_ensemble([spring_water(), _hydrogen()], recipe)
    few = build_ensemble([_hydrogen()], _recipe(temperatures_k=(300.0,), replicas=2))
    in_batch, alone = Noise(many, 7, draws=2), Noise(few, 7, draws=2)
    atoms = slice(18 + 6, 18 + 6 + 4)  # hydrogen at 300 K, replicas 0 and 1
    for step in (0, 1, BLOCK_STEPS - 1, BLOCK_STEPS, 5 * BLOCK_STEPS + 3, 2):
        np.testing.assert_array_equal(in_batch.at(step)[:, atoms], alone.at(step))


def test_noise_differs_between_everything_it_depends_on() -> None:
    recipe = _recipe(replicas=2, temperatures_k=(200.0, 300.0))
    ensemble = build_ensemble([spring_water("a"), spring_water("b")], recipe)
    numbers = [Noise(ensemble, seed, 1).at(step) for seed in (0, 1) for step in (0, 1, BLOCK_STEPS)]
    flat = np.concatenate([part.reshape(-1) for part in numbers])
    assert len(np.unique(flat)) == flat.size


def test_noise_is_standard_normal() -> None:
    ensemble = build_ensemble([spring_water()], _recipe(replicas=100))
    numbers = Noise(ensemble, 0, 1)
    sample = np.stack([numbers.at(step) for step in range(BLOCK_STEPS)])
    assert abs(sample.mean()) < 4 / np.sqrt(sample.size)
    assert abs(sample.var() - 1) < 4 * np.sqrt(2 / sample.size)
    after = sample[1:].reshape(-1) * sample[:-1].reshape(-1)
    assert abs(after.mean()) < 4 / np.sqrt(after.size)


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_alone_equals_in_a_batch(integrator: str) -> None:
    recipe = _recipe(integrator=integrator, equilibration_fs=50.0, production_fs=50.5)
    together = _trajectories(water_springs(), [_hydrogen(), spring_water()], recipe)
    alone = _trajectories(
        water_springs(), [spring_water()], _recipe(**(recipe.model_dump() | {"replicas": 1}))
    )
    wanted = [t for t in together if t.name == "water" and t.replica == 0]
    assert recipe.total_steps == 200
    assert len(wanted) == len(alone) == 2
    for found, expected in zip(alone, wanted, strict=True):
        assert found.temperature_k == expected.temperature_k
        np.testing.assert_allclose(found.positions, expected.positions, rtol=0, atol=1e-8)
        np.testing.assert_allclose(found.dipole, expected.dipole, rtol=0, atol=1e-8)


class _KilledError(Exception):
    pass


class _Mortal:
    """Springs that kill the run after some calls."""

    name = "mortal springs"

    def __init__(self, calls: int) -> None:
        self.springs, self.calls = water_springs(), calls
        self.capabilities = self.springs.capabilities

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        self.calls -= 1
        if self.calls < 0:
            raise _KilledError
        return self.springs(molecules)


class _Sparse(MemorySink):
    """A sink whose process dies at the n-th write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes_left = 10**9

    def write(self, frames: dict[str, Array], restart: dict[str, Array]) -> None:
        if self.writes_left == 0:
            raise _KilledError
        self.writes_left -= 1
        super().write(frames, restart)


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_killed_and_continued_equals_uninterrupted(integrator: str) -> None:
    recipe, starts = _recipe(integrator=integrator), [spring_water(), _hydrogen()]
    whole = MemorySink()
    run(water_springs(), starts, recipe, whole)
    sink = _Sparse()
    for calls in (17, 1, 40, 60):  # killed in the equilibration, at once, across its end, later
        with pytest.raises(_KilledError):
            run(_Mortal(calls), starts, recipe, sink, checkpoint_every_s=0.0)
    sink.writes_left = 3
    with pytest.raises(_KilledError):
        run(water_springs(), starts, recipe, sink, checkpoint_every_s=0.0)
    sink.writes_left = 10**9
    run(water_springs(), starts, recipe, sink)
    _assert_same_bits(sink, whole)


def test_continuing_loses_what_was_not_checkpointed_and_makes_it_again() -> None:
    recipe, starts = _recipe(), [spring_water()]
    whole, sink = MemorySink(), MemorySink()
    run(water_springs(), starts, recipe, whole)
    with pytest.raises(_KilledError):
        run(_Mortal(50), starts, recipe, sink, checkpoint_every_s=1e9)
    assert sink.restart() is None
    run(water_springs(), starts, recipe, sink)
    _assert_same_bits(sink, whole)


def test_a_finished_run_is_not_touched() -> None:
    recipe, sink = _recipe(), MemorySink()
    run(water_springs(), [spring_water()], recipe, sink)
    before = sink.frames()["dipole"]
    outcome = run(_Mortal(0), [spring_water()], recipe, sink)
    assert all(one.finished for one in outcome)
    np.testing.assert_array_equal(sink.frames()["dipole"], before)


def test_restart_of_another_run_is_refused() -> None:
    sink = MemorySink()
    run(water_springs(), [spring_water()], _recipe(), sink)
    with pytest.raises(InputError, match="belongs to another run"):
        run(water_springs(), [spring_water()], _recipe(replicas=4), sink)


def _assert_same_bits(found: MemorySink, expected: MemorySink) -> None:
    for name, array in expected.frames().items():
        np.testing.assert_array_equal(found.frames()[name], array, err_msg=name)
    restart, wanted = found.restart(), expected.restart()
    assert restart is not None
    assert wanted is not None
    for name, array in wanted.items():
        np.testing.assert_array_equal(restart[name], array, err_msg=name)


class Faulty:
    """Springs with one fault: it strikes one trajectory of water from a given call on."""

    name = "faulty springs"

    def __init__(self, fault: str, victim: int, after: int) -> None:
        self.springs: Springs = water_springs()
        self.capabilities = self.springs.capabilities
        self.fault, self.victim, self.after = fault, victim, after
        self.calls = 0
        self.sizes: list[int] = []

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        found = self.springs(molecules)
        self.calls += 1
        self.sizes.append(len(molecules))
        if self.calls != self.after + 1:
            return found
        assert found.energy is not None
        assert found.forces is not None
        energy, forces = found.energy.copy(), found.forces.copy()
        atoms = molecules.molecule_index == self.victim
        match self.fault:
            case "nan":
                energy[self.victim] = np.nan
            case "force":
                forces[atoms] += 1e4
            case "infinite force":
                forces[atoms] = np.inf
        return replace(found, energy=energy, forces=forces)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("nan", "not finite"), ("force", "force exceeds"), ("infinite force", "not finite")],
)
def test_one_failure_is_recorded_and_disturbs_nobody(fault: str, reason: str) -> None:
    recipe = _recipe(temperatures_k=(300.0,))
    healthy = _trajectories(water_springs(), [spring_water()], recipe)
    potential = Faulty(fault, victim=1, after=100)
    trajectories = _trajectories(potential, [spring_water()], recipe)
    failed = trajectories[1]
    assert not failed.outcome.finished
    assert reason in failed.outcome.reason
    assert failed.outcome.step == 100
    kept = 100 - recipe.equilibration_steps
    assert len(failed.dipole) == kept == 60
    assert len(failed.positions) == kept // recipe.frame_stride
    np.testing.assert_array_equal(failed.dipole, healthy[1].dipole[:kept])
    assert potential.sizes[101:] == [2] * (recipe.total_steps - 100)
    for i in (0, 2):
        assert trajectories[i].outcome.finished
        np.testing.assert_allclose(trajectories[i].dipole, healthy[i].dipole, rtol=0, atol=1e-8)


def test_failure_survives_a_restart() -> None:
    recipe, starts = _recipe(temperatures_k=(300.0,)), [spring_water()]
    whole, sink = MemorySink(), MemorySink()
    run(Faulty("nan", 1, 60), starts, recipe, whole)
    with pytest.raises(_KilledError):
        run(_FaultyMortal("nan", 1, 60), starts, recipe, sink, checkpoint_every_s=0.0)
    restart = sink.restart()
    assert restart is not None
    assert int(restart["failure_step"][1]) == 60
    run(water_springs(), starts, recipe, sink)
    _assert_same_bits(sink, whole)


class _FaultyMortal(Faulty):
    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        if self.calls == 90:
            raise _KilledError
        return super().__call__(molecules)


def test_all_failing_stops_the_run() -> None:
    recipe = _recipe(temperatures_k=(300.0,), replicas=1)
    potential = Faulty("nan", 0, 100)
    trajectories = _trajectories(potential, [spring_water()], recipe)
    assert potential.calls == 101
    assert len(trajectories[0].dipole) == 60


def test_failure_before_production_leaves_an_empty_trajectory() -> None:
    recipe = _recipe(temperatures_k=(300.0,))
    trajectory = _trajectories(Faulty("nan", 2, 0), [spring_water()], recipe)[2]
    assert trajectory.outcome.step == 0
    assert trajectory.dipole.shape == (0, 3)
    assert trajectory.positions.shape == (0, 3, 3)


def test_too_hot_is_a_failure() -> None:
    recipe = _recipe(temperatures_k=(300.0,), replicas=200, max_temperature_factor=1.5)
    reasons = {t.outcome.reason for t in _trajectories(water_springs(), [spring_water()], recipe)}
    assert "the kinetic temperature exceeds 1.5 times the set one" in reasons


def test_broken_and_formed_bonds_are_failures() -> None:
    stretched = spring_water()
    # wells of 0.7 eV: compressed bonds fly apart
    springs = {(1, 1): Spring(1.5139, 0.0), (1, 8): Spring(0.9572, 51.0, 6.0)}
    soft = Springs(springs | {(8, 8): Spring(1.45, 0.0)}, {1: 0.33, 8: -0.66})
    squeezed = with_positions(stretched, stretched.positions * np.array([0.82, 0.82, 1.0]))
    starts = [concatenate([stretched, squeezed])]
    recipe = _recipe(temperatures_k=(300.0,), replicas=2, max_temperature_factor=1e6)
    still, broken = _trajectories(soft, starts, recipe)
    assert still.outcome.finished
    assert broken.outcome.reason == "a bond was broken or formed"
    assert broken.outcome.step is not None
    assert broken.outcome.step % recipe.topology_stride == 0
    allowed = _recipe(**(recipe.model_dump() | {"bond_factor": None}))
    assert _trajectories(soft, starts, allowed)[1].outcome.finished


def test_replicas_spread_over_conformers() -> None:
    water = spring_water()
    conformers = concatenate(
        [with_positions(water, water.positions * factor) for factor in (1.0, 1.01, 1.02)]
    )
    ensemble = build_ensemble([conformers], _recipe(replicas=4, temperatures_k=(300.0,)))
    found = ensemble.molecules.positions.reshape(4, 3, 3)
    for replica, conformer in enumerate((0, 1, 2, 0)):
        np.testing.assert_array_equal(found[replica], select(conformers, conformer).positions)


def test_bad_starts_are_refused() -> None:
    molecules = list(iterate(spring_molecules()))
    with pytest.raises(InputError, match="name of its own"):
        build_ensemble([spring_water(), spring_water()], _recipe())
    with pytest.raises(InputError, match="share its name"):
        build_ensemble([concatenate(molecules[:2])], _recipe())
    heavy = replace(spring_water(), masses=np.array([17.999, 1.008, 1.008]))
    with pytest.raises(InputError, match="differ in their masses"):
        build_ensemble([concatenate([spring_water(), heavy])], _recipe())
    with pytest.raises(InputError, match="no molecules"):
        build_ensemble([], _recipe())
    carbon = replace(spring_water(), numbers=np.array([6, 1, 1]))
    with pytest.raises(InputError, match=r"atomic numbers \[6\]"):
        run(water_springs(), [carbon], _recipe(), MemorySink())


def test_assembling_an_unfinished_run_is_refused() -> None:
    recipe, starts, sink = _recipe(), [spring_water()], MemorySink()
    with pytest.raises(_KilledError):
        run(_Mortal(20), starts, recipe, sink, checkpoint_every_s=0.0)
    restart = sink.restart()
    assert restart is not None
    with pytest.raises(InputError, match="continue it"):
        assemble(sink.frames(), restart, build_ensemble(starts, recipe), recipe)


def test_an_empty_sink_has_no_frames() -> None:
    with pytest.raises(InputError, match="empty"):
        MemorySink().frames()
