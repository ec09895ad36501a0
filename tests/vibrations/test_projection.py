"""Projection on modes: a constructed motion is found again, whatever else the molecule does."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import molecule as g2_molecule
from scipy.spatial.transform import Rotation

from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.molecules import Array
from vibench.core.superposition import mean_square_distance
from vibench.core.trajectory import Trajectory
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.images import hydrogen_groups, images
from vibench.vibrations.modes import normal_modes
from vibench.vibrations.projection import project
from vibench.vibrations.rigid import internal_motions

SPACING_FS = 2.0
WATER = normal_modes(water_springs(), spring_water())


def geometry(name: str) -> Modes:
    """Return a molecule of the G2 set with an arbitrary basis of internal motions as its modes."""
    atoms = g2_molecule(name)
    basis = internal_motions(atoms.positions, atoms.get_masses())
    return Modes(
        name=name,
        numbers=atoms.numbers,
        masses=atoms.get_masses(),
        positions=atoms.positions,
        frequencies_cm1=np.linspace(500, 3000, len(basis)),
        eigenvectors=basis.reshape(len(basis), -1, 3),
        dipole_derivatives=np.zeros((len(basis), 3)),
        intensities=np.zeros(len(basis)),
        method="test",
    )


def trajectory(modes: Modes, positions: Array, velocities: Array) -> Trajectory:
    frames = len(positions)
    return Trajectory(
        name=modes.name,
        replica=0,
        numbers=modes.numbers,
        masses=modes.masses,
        dipole=np.zeros((frames, 3)),
        potential_energy=np.zeros(frames),
        kinetic_energy=np.zeros(frames),
        positions=positions,
        velocities=velocities,
        time_step_fs=SPACING_FS / 4,
        frame_stride=4,
        temperature_k=300.0,
        thermostat="none",
    )


def moving(modes: Modes, time_fs: Array, amplitude: float) -> tuple[Array, Array, Array, Array]:
    """Return Q, dQ/dt and positions, velocities of a molecule that vibrates, turns and flies.

    The displacements along eigenvectors fulfil Eckart's conditions, so Q is exact.
    """
    rng = np.random.default_rng(3)
    count = len(modes.frequencies_cm1)
    omega, phase = 0.2 + 0.3 * rng.random(count), 2 * np.pi * rng.random(count)
    argument = omega * time_fs[:, None] + phase
    q, rate = amplitude * np.cos(argument), -amplitude * omega * np.sin(argument)
    shapes = modes.eigenvectors / np.sqrt(modes.masses)[:, None]
    centre = modes.masses @ modes.positions / modes.masses.sum()
    inside = modes.positions - centre + np.einsum("fn,nai->fai", q, shapes)
    inner = np.einsum("fn,nai->fai", rate, shapes)
    spin = np.array([0.004, -0.007, 0.005])  # rad/fs, that of a thermal hydride
    turn = Rotation.from_rotvec(time_fs[:, None] * spin).as_matrix()
    drift = np.array([0.01, 0.0, -0.02])
    positions = np.einsum("fij,faj->fai", turn, inside)
    velocities = np.einsum("fij,faj->fai", turn, inner) + np.cross(spin, positions) + drift
    return q, rate, positions + drift * time_fs[:, None, None] + 5.0, velocities


@pytest.mark.parametrize("name", ["water", "CH3OH", "C2H4"])
def test_a_vibration_is_found_in_a_molecule_that_turns_and_flies(name: str) -> None:
    modes = WATER if name == "water" else geometry(name)
    q, rate, positions, velocities = moving(modes, SPACING_FS * np.arange(200), 0.02)
    found = project(trajectory(modes, positions, velocities), [modes])
    np.testing.assert_allclose(found.amplitudes, q, atol=1e-10)
    np.testing.assert_allclose(found.velocities, rate, atol=1e-10)
    assert found.changes == 0
    assert found.spacing_fs == SPACING_FS
    expected = np.sqrt((q**2).sum(axis=1) / modes.masses.sum())
    np.testing.assert_allclose(found.distance_angstrom, expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["CO2", "C2H2", "HCN"])
def test_a_linear_molecule_keeps_its_bends_apart(name: str) -> None:
    modes = geometry(name)
    time_fs = 0.1 * np.arange(2000)
    q, _, positions, velocities = moving(modes, time_fs, 0.02)
    found = project(trajectory(modes, positions, velocities), [modes])
    # the velocity is the derivative of the amplitude, frame by frame: nothing jumps
    slope = (found.amplitudes[2:] - found.amplitudes[:-2]) / 0.2
    np.testing.assert_allclose(found.velocities[1:-1], slope, atol=1e-4)
    # along the axis the frame makes no choice, across it only the sum over all bends has a meaning
    np.testing.assert_allclose((found.amplitudes**2).sum(axis=1), (q**2).sum(axis=1), rtol=1e-8)
    assert len(modes.frequencies_cm1) == 3 * len(modes.numbers) - 5


def test_a_linear_molecule_at_rest_about_its_axis_gives_exact_bends() -> None:
    modes = geometry("CO2")
    q, rate, positions, velocities = moving(modes, SPACING_FS * np.arange(50), 0.02)
    spin = np.array([0.004, -0.007, 0.005])
    turn = Rotation.from_rotvec(SPACING_FS * np.arange(50)[:, None] * spin).as_matrix()
    drift = np.array([0.01, 0.0, -0.02])
    velocities = velocities - drift
    time = SPACING_FS * np.arange(50)[:, None, None]
    positions = positions - 5.0 - drift * time
    velocities = np.einsum("fji,faj->fai", turn, velocities - np.cross(spin, positions))
    positions = np.einsum("fji,faj->fai", turn, positions)
    found = project(trajectory(modes, positions, velocities), [modes])
    np.testing.assert_allclose(found.amplitudes, q, atol=1e-10)
    np.testing.assert_allclose(found.velocities, rate, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "wells"),
    [
        ("H2O", 1),
        ("H2CO", 1),
        ("CH4", 1),  # every exchange that breaks no bond is a turn of the molecule
        ("C6H6", 1),
        ("NH3", 2),  # both sides of the umbrella
        ("C2H4", 2),  # one end turned by half, which no thermal molecule does
        ("CH3OH", 3),
        ("CH3CN", 1),  # threefold symmetry: turning the methyl group turns the molecule
        ("C2H6", 3),
        ("C3H8", 9),
        ("CH3COCH3", 9),
        ("H2O2", 2),  # mirror images
    ],
)
def test_wells_are_counted(name: str, wells: int) -> None:
    assert len(images([geometry(name)])) == wells


def test_images_are_the_molecule_itself() -> None:
    modes = geometry("CH3OH")
    first, second, third = images([modes])
    for image in (second, third):
        assert mean_square_distance(image.positions, first.positions, modes.masses) > 0.05
        flat = image.eigenvectors.reshape(len(image.eigenvectors), -1)
        np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-12)
    assert [len(group) for group in hydrogen_groups(modes)] == [3]
    labelled = replace(modes, masses=np.where(np.arange(6) == 5, 2.014, modes.masses))
    assert [len(group) for group in hydrogen_groups(labelled)] in ([2], [3])


def test_exchanged_hydrogens_and_mirror_images_are_projected_alike() -> None:
    modes = geometry("CH3OH")
    q, rate, positions, velocities = moving(modes, SPACING_FS * np.arange(100), 0.005)
    hydrogens = hydrogen_groups(modes)[0]
    order = np.arange(6)
    order[hydrogens] = np.roll(hydrogens, 1)
    found = project(trajectory(modes, positions[:, order], velocities[:, order]), [modes])
    np.testing.assert_allclose(found.amplitudes, q, atol=1e-9)
    np.testing.assert_allclose(found.velocities, rate, atol=1e-9)
    assert found.distance_angstrom.max() < 0.02
    stuck = project(
        trajectory(modes, positions[:, order], velocities[:, order]),
        [modes],
        equivalent_wells=False,
    )
    assert stuck.distance_angstrom.min() > 0.2

    peroxide = geometry("H2O2")
    q, rate, positions, velocities = moving(peroxide, SPACING_FS * np.arange(100), 0.005)
    mirror = np.array([1.0, -1.0, 1.0])
    found = project(trajectory(peroxide, positions * mirror, velocities * mirror), [peroxide])
    np.testing.assert_allclose(found.amplitudes, q, atol=1e-9)
    np.testing.assert_allclose(found.velocities, rate, atol=1e-9)


def test_the_nearest_of_several_minima_is_taken() -> None:
    modes = geometry("H2O2")
    other = replace(modes, positions=modes.positions * 1.1)
    parts = [moving(one, SPACING_FS * np.arange(100), 0.005) for one in (modes, other)]
    positions, velocities = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    found = project(trajectory(modes, positions, velocities), [modes, other])
    np.testing.assert_array_equal(found.minimum, np.repeat([0, 1], 100))
    assert found.changes == 1


def test_a_short_excursion_does_not_change_the_well() -> None:
    modes = geometry("CH3OH")
    _, _, positions, velocities = moving(modes, SPACING_FS * np.arange(100), 0.0)
    order = np.arange(6)
    order[hydrogen_groups(modes)[0]] = np.roll(hydrogen_groups(modes)[0], 1)
    positions[50:52] = positions[50:52][:, order]
    assert project(trajectory(modes, positions, velocities), [modes]).changes == 0
    quick = project(trajectory(modes, positions, velocities), [modes], stretch_fs=1.0)
    assert quick.changes == 2


def test_bad_input() -> None:
    _, _, positions, velocities = moving(WATER, SPACING_FS * np.arange(5), 0.01)
    run = trajectory(WATER, positions, velocities)
    with pytest.raises(InputError, match="no modes"):
        project(run, [])
    with pytest.raises(InputError, match="no frames; lower frame_stride"):
        project(trajectory(WATER, positions[:0], velocities[:0]), [WATER])
    with pytest.raises(InputError, match=r"modes belong to atoms \[8, 1, 1\]"):
        project(replace(run, numbers=np.array([1, 8, 1])), [WATER])
    with pytest.raises(InputError, match="masses of modes"):
        project(replace(run, masses=np.array([16.0, 2.0, 2.0])), [WATER])
    fewer = replace(
        WATER,
        frequencies_cm1=WATER.frequencies_cm1[:2],
        eigenvectors=WATER.eigenvectors[:2],
        dipole_derivatives=WATER.dipole_derivatives[:2],
        intensities=WATER.intensities[:2],
    )
    with pytest.raises(InputError, match="3 and 2 modes"):
        project(run, [WATER, fewer])


def test_too_many_images_are_refused() -> None:
    crowded = geometry("C3H8")
    with pytest.raises(InputError, match="can be exchanged in"):
        images([replace(crowded, positions=_star(11), **_stubs(crowded))])


def _star(count: int) -> Array:
    """Return ten hydrogens about a heavy atom, near enough to be bonded, far from each other."""
    index = np.arange(count - 1) + 0.5
    height, turn = 1 - 2 * index / (count - 1), np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    shell = np.stack([ring * np.cos(turn), ring * np.sin(turn), height], axis=1)
    return np.concatenate([np.zeros((1, 3)), 1.25 * shell])


def _stubs(like: Modes) -> dict[str, Array]:
    assert len(like.numbers) == 11
    numbers = np.array([14] + [1] * 10)
    return {"numbers": numbers, "masses": np.where(numbers == 1, 1.008, 28.085)}
