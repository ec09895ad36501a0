"""Sampling frames and labelling them: even, resumable, failures counted."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from pydantic import ValidationError

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, select, single
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities
from vibench.core.trajectory import Outcome, Trajectory
from vibench.data.labelling import filter_failed, label
from vibench.data.recipes import LabelRecipe
from vibench.data.sampling import frames_from_trajectories

ION = single("ion", [8, 1], [[0, 0, 0], [0, 0, 1]], [16.0, 1.0], charge=-1)


def trajectory(frames: int, **changes: object) -> Trajectory:
    positions = np.zeros((frames, 2, 3))
    positions[:, 1, 2] = np.arange(frames)
    return replace(
        Trajectory(
            name="ion",
            replica=0,
            numbers=ION.numbers,
            masses=ION.masses,
            dipole=np.zeros((frames, 3)),
            potential_energy=np.zeros(frames),
            kinetic_energy=np.zeros(frames),
            positions=positions,
            velocities=positions,
            time_step_fs=0.5,
            frame_stride=1,
            temperature_k=300.0,
            thermostat="none",
        ),
        **changes,
    )


def test_frames_are_even_and_keep_the_charge() -> None:
    failed = trajectory(3, outcome=Outcome("failed", "exploded", 3))
    frames, origin = frames_from_trajectories(
        [trajectory(100), failed, trajectory(8)], 4, {"ion": ION}
    )
    np.testing.assert_array_equal(frames.positions[1::2, 2], [12, 37, 62, 87, 1, 3, 5, 7])
    np.testing.assert_array_equal(origin, [0] * 4 + [2] * 4)
    np.testing.assert_array_equal(frames.charge, -1)


@pytest.mark.parametrize(
    ("trajectories", "message"),
    [
        ([trajectory(3)], "has 3 frames, but 4"),
        ([trajectory(9, name="other")], "no molecule of that name"),
        ([trajectory(9, outcome=Outcome("failed"))], "none of 1 trajectories finished"),
    ],
)
def test_frames_that_cannot_be_had(trajectories: list[Trajectory], message: str) -> None:
    with pytest.raises(InputError, match=message):
        frames_from_trajectories(trajectories, 4, {"ion": ION})


def test_recipe_counts() -> None:
    recipe = LabelRecipe(structures_per_temperature=50, normal_mode_share=0.3)
    assert (recipe.from_normal_modes, recipe.from_dynamics) == (15, 35)
    with pytest.raises(ValidationError):
        LabelRecipe(temperatures_k=(300.0, -1.0))


@dataclass
class Counting:
    """Energies are positions; fails where the second atom is at 5."""

    name: str = "counting"
    calls: list[int] = field(default_factory=list)
    outputs: frozenset[str] = frozenset({"energy", "forces", "dipole", "charges"})

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.outputs, charged=True)

    def __call__(self, molecules: Molecules[Array]) -> Properties[Array]:
        self.calls.append(len(molecules))
        z = molecules.positions[1::2, 2]
        return Properties(
            energy=np.where(z == 5, np.nan, z),
            forces=-molecules.positions,
            dipole=np.zeros((len(molecules), 3)),
            charges=np.zeros(molecules.n_atoms),
        )


class Recorder:
    """A progress display that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def update(self, done: int, total: int, note: str = "", *, unit: str = "") -> None:
        self.seen.append((done, total))


def structures() -> Molecules[Array]:
    batch = select(ION, np.zeros(10, np.int64))
    batch.positions[1::2, 2] = np.arange(10)
    return batch


def test_interrupted_labelling_continues() -> None:
    kept: list[Properties[Array]] = []
    progress = Recorder()
    whole = label(
        structures(),
        Counting(),
        np.arange(10),
        level_of_theory="none",
        chunk_size=4,
        keep=kept.append,
        progress=progress,
    )
    assert [len(part.energy) for part in kept] == [4, 4, 2]  # type: ignore[arg-type]
    assert progress.seen == [(0, 10), (4, 10), (8, 10), (10, 10)]
    assert whole.properties.available() == {"energy", "forces", "dipole"}
    later = Counting()
    resumed = label(
        structures(), later, np.arange(10), level_of_theory="none", chunk_size=4, done=kept[:2]
    )
    assert later.calls == [2]
    assert resumed.checksum == whole.checksum
    with pytest.raises(InputError, match="other structures or another chunk size"):
        label(structures(), later, np.arange(10), level_of_theory="none", chunk_size=3, done=kept)


def test_failures_are_left_out_and_counted() -> None:
    whole = label(structures(), Counting(), np.arange(10), level_of_theory="none")
    sound, lost = filter_failed(whole)
    assert lost == 1
    np.testing.assert_array_equal(sound.properties.energy, [0, 1, 2, 3, 4, 6, 7, 8, 9])
    assert sound.provenance["structures failed"] == "1"
    assert filter_failed(sound) == (sound, 0)
    hopeless = replace(whole, properties=Properties(energy=np.full(10, np.nan)))
    with pytest.raises(InputError, match="failed for all 10"):
        filter_failed(hopeless)


def test_missing_output_is_named() -> None:
    blind = Counting(outputs=frozenset({"energy", "forces"}))
    with pytest.raises(InputError, match="counting cannot label dipole"):
        label(structures(), blind, np.arange(10), level_of_theory="none")
