"""Rotatable bonds and dihedral angles of molecules everybody knows."""

import numpy as np
import pytest
from ase.build import molecule

from vibench.core.trajectory import Trajectory
from vibench.dynamics.torsions import dihedral_angles, find_torsions, torsion_convergence


def names(name):
    atoms = molecule(name)
    return [torsion.name for torsion in find_torsions(atoms.numbers, atoms.positions)]


@pytest.mark.parametrize("name", ["H2O", "CH4", "C6H6", "CH3OH", "C2H6", "C3H8", "CH3CN"])
def test_molecules_without_conformers_have_no_torsion(name):
    assert names(name) == []


def test_ethanol_turns_about_its_carbon_oxygen_bond():
    atoms = molecule("CH3CH2OH")
    (torsion,) = find_torsions(atoms.numbers, atoms.positions)
    assert [atoms.symbols[atom] for atom in torsion.atoms] in (
        ["C", "C", "O", "H"],
        ["H", "O", "C", "C"],
    )


def test_hydrogen_peroxide_and_butane():
    assert len(names("H2O2")) == 1
    assert len(names("trans-butane")) == 1


def test_angle_equals_ase():
    atoms = molecule("CH3CH2OH")
    atoms.rattle(0.03, seed=1)
    (torsion,) = find_torsions(atoms.numbers, atoms.positions)
    angle = dihedral_angles(atoms.positions[None], torsion)[0]
    assert np.degrees(angle) % 360 == pytest.approx(atoms.get_dihedral(*torsion.atoms), abs=1e-9)


def runs_with(angle_of_replica, frames=40):
    """Return replicas of hydrogen peroxide whose torsion jitters about a given angle."""
    rng = np.random.default_rng(1)
    runs = []
    for replica, centre in enumerate(angle_of_replica):
        atoms = molecule("H2O2")
        (torsion,) = find_torsions(atoms.numbers, atoms.positions)
        positions = []
        for jitter in rng.normal(0, 10, frames):
            atoms.set_dihedral(*torsion.atoms, centre + jitter, indices=[torsion.atoms[3]])
            positions.append(atoms.positions.copy())
        runs.append(
            Trajectory(
                name="H2O2",
                replica=replica,
                numbers=atoms.numbers,
                masses=atoms.get_masses(),
                dipole=np.zeros((frames, 3)),
                potential_energy=np.zeros(frames),
                kinetic_energy=np.zeros(frames),
                positions=np.array(positions),
                velocities=np.zeros((frames, 4, 3)),
                time_step_fs=0.5,
                frame_stride=1,
                temperature_k=300.0,
                thermostat="none",
            )
        )
    return runs


def test_replicas_in_one_well_agree_and_in_two_do_not():
    (one,) = torsion_convergence(runs_with([180, 180, 180]))
    assert one.r_hat < 1.1
    assert one.frames == 40
    (two,) = torsion_convergence(runs_with([90, 90, 270]))
    assert two.r_hat > 1.1


def test_an_angle_that_crosses_180_degrees_has_no_jump():
    (found,) = torsion_convergence(runs_with([179, -179, 180, -178]))
    assert found.r_hat < 1.1


def test_too_few_frames_give_no_number_and_one_replica_nothing():
    (found,) = torsion_convergence(runs_with([180, 180], frames=5))
    assert np.isnan(found.r_hat)
    assert torsion_convergence(runs_with([180])) == ()
