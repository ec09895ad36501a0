"""Every reader gives the dipoles that were written, and so the same spectrum."""

import ase.build
import numpy as np
import pytest
from ase import units
from ase.calculators.emt import EMT
from ase.md.langevin import Langevin
from ase.md.verlet import VelocityVerlet

from vibench.core.errors import InputError
from vibench.core.units import DEBYE, NANOMETRE_KJ_TIME
from vibench.spectra.dipole_files.join import Unwrapping, read_dipole_trajectories
from vibench.spectra.dipole_files.registry import FORMATS, detect_format, read_dipole_file
from vibench.spectra.dipole_files.series import Declared
from vibench.spectra.dipole_spectrum import spectrum_of_trajectories
from vibench.spectra.md import spectrum_from_dipoles
from vibench.spectra.recipe import SpectrumRecipe

RECIPE = SpectrumRecipe(depth_fs=60.0, blocks=1)
CELL = np.array([[9.0, 0.0, 0.0], [1.0, 8.0, 0.0], [0.5, -0.5, 7.0]])

# writer, file, format, what has to be declared, what the file states: time step, temperature
CASES = [
    ("write_csv", "d.csv", "csv", {}, True, False),
    ("write_extxyz", "d.xyz", "extxyz", {}, True, False),
    ("write_ase", "d.traj", "ase", {}, True, True),
    ("write_ipi", "simulation.out", "ipi", {}, True, True),
    ("write_ipi_extras", "simulation.dip_0", "ipi-extras", {"unit": "e*bohr"}, False, False),
    ("write_cp2k_file", "w-moments-1_0.dat", "cp2k", {}, False, False),
    ("write_cp2k_log", "cp2k.out", "cp2k", {}, True, True),
    ("write_lammps_table", "mu.dat", "lammps", {"unit": "e*angstrom"}, False, False),
    (
        "write_lammps_print", "mu.txt", "lammps",
        {"unit": "e*angstrom", "columns": ("3", "4", "5")}, False, False,
    ),
    ("write_lammps_log", "log.lammps", "lammps-log", {}, True, False),
    ("write_fhi_aims", "aims.out", "fhi-aims", {}, True, True),
]  # fmt: skip


@pytest.mark.parametrize(("writer", "name", "kind", "needed", "step", "temperature"), CASES)
def test_written_dipoles_come_back_and_give_the_same_spectrum(
    tmp_path, writers, dipole, *, writer, name, kind, needed, step, temperature
):
    path = tmp_path / name
    getattr(writers, writer)(path, dipole)
    assert detect_format(path) == kind
    series = read_dipole_file(path, Declared(**needed))
    assert series.time_step_fs == (pytest.approx(0.5, rel=1e-7) if step else None)
    assert series.temperature_k == (300.0 if temperature else None)
    (run,) = series.runs
    np.testing.assert_allclose(run, dipole, atol=1.2e-7)
    declared = Declared(**needed, temperature_k=300.0, time_step_fs=None if step else 0.5)
    made = spectrum_of_trajectories(read_dipole_trajectories([path], declared), RECIPE)
    exact = spectrum_from_dipoles(dipole, time_step_fs=0.5, temperature_k=300.0, recipe=RECIPE)
    np.testing.assert_allclose(made.wavenumber_cm1, exact.wavenumber_cm1, rtol=1e-7)
    np.testing.assert_allclose(made.intensity, exact.intensity, atol=2e-5 * exact.intensity.max())
    assert series.origin in made.method


def test_schnetpack_files_hold_replicas_molecules_and_cells(tmp_path, writers, dipole):
    path = tmp_path / "simulation.hdf5"
    replicas = np.stack([dipole, dipole[:, [1, 2, 0]], dipole[:, [2, 0, 1]]])
    writers.write_schnetpack(path, replicas, molecules=2, cell=CELL, filled=500)
    assert detect_format(path) == "schnetpack"
    declared = Declared(unit="debye", molecule=0)
    series = read_dipole_file(path, declared)
    np.testing.assert_allclose(np.array(series.runs), replicas[:, :500] * DEBYE, rtol=1e-14)
    assert series.time_step_fs == pytest.approx(0.5, rel=1e-6)
    np.testing.assert_allclose(series.cell_angstrom, CELL, rtol=1e-14)
    assert "500 of 600 rows are filled" in series.notices[0]
    assert "3 replicas taken as independent" in series.notices[1]
    with pytest.raises(InputError, match="holds 2 molecules: choose one"):
        read_dipole_file(path, Declared(unit="debye"))
    with pytest.raises(InputError, match="declare it with --dipole-unit"):
        read_dipole_file(path, Declared(molecule=0))


def test_unit_of_time_of_nanometre_kilojoule_per_mole_is_a_picosecond():
    assert pytest.approx(1000.0, rel=1e-8) == NANOMETRE_KJ_TIME
    ours = NANOMETRE_KJ_TIME * units.fs
    assert ours == pytest.approx(units.nm * np.sqrt(1 / (units.kJ / units.mol)), rel=1e-6)


def test_beads_are_averaged_and_replicas_are_not(tmp_path, writers, dipole):
    beads = [dipole, dipole[:, [1, 2, 0]]]
    mean = np.mean(beads, axis=0)
    writers.write_ipi(tmp_path / "beads.out", dipole, beads=beads)
    writers.write_schnetpack(tmp_path / "rpmd.hdf5", np.stack(beads))
    for index, bead in enumerate(beads):
        writers.write_csv(tmp_path / f"bead{index}.csv", bead)
    files = [tmp_path / "bead0.csv", tmp_path / "bead1.csv"]
    declared = Declared(temperature_k=300.0, beads=True)
    unit = Declared(temperature_k=300.0, beads=True, unit="e*angstrom")
    for paths, said in (
        ([tmp_path / "beads.out"], Declared()),
        ([tmp_path / "rpmd.hdf5"], unit),
        (files, declared),
    ):
        read = read_dipole_trajectories(paths, said)
        assert read.beads == 2
        np.testing.assert_allclose(read.runs, [mean], atol=1e-8)
        made = spectrum_of_trajectories(read, RECIPE)
        assert "Kubo-transformed" in made.method
        assert "mean over 2 beads" in made.method
    apart = read_dipole_trajectories(files, Declared(temperature_k=300.0))
    assert (len(apart.runs), apart.beads) == (2, 1)
    made = spectrum_of_trajectories(apart, RECIPE)
    assert "Kubo" not in made.method
    assert made.standard_error is not None


@pytest.mark.parametrize("settings", [{"correlation": "classical"}, {"quantum_factor": "none"}])
def test_beads_refuse_settings_of_a_classical_correlation(tmp_path, writers, dipole, settings):
    writers.write_ipi(tmp_path / "beads.out", dipole, beads=[dipole, dipole])
    read = read_dipole_trajectories([tmp_path / "beads.out"], Declared())
    with pytest.raises(InputError, match="need correlation 'kubo'"):
        spectrum_of_trajectories(read, SpectrumRecipe(depth_fs=60.0, **settings))


@pytest.mark.parametrize(
    ("writer", "name"),
    [
        ("write_cp2k_file", "m.dat"),
        ("write_cp2k_log", "m.out"),
        ("write_cp2k_records", "r.dat"),
        ("write_extxyz", "d.xyz"),
        ("write_ase", "d.traj"),
    ],
)
def test_cells_of_files_unwrap_their_dipoles(tmp_path, writers, dipole, writer, name):
    drifting = dipole + np.linspace(0, 1, len(dipole))[:, None] * np.array([21.0, -17.0, 15.0])
    fraction = np.linalg.solve(CELL.T, drifting.T).T
    wrapped = (fraction - np.round(fraction)) @ CELL
    path = tmp_path / name
    getattr(writers, writer)(path, wrapped, cell=CELL)
    step = None if name in {"m.out", "d.xyz", "d.traj"} else 0.5
    declared = Declared(temperature_k=300.0, time_step_fs=step)
    read = read_dipole_trajectories([path], declared, unwrapping=Unwrapping())
    (run,) = read.runs
    np.testing.assert_allclose(run - run[0], drifting - drifting[0], atol=1e-5)
    assert "jumps between branches undone" in read.notices[-1]
    left = read_dipole_trajectories([path], declared)
    assert "consider --unwrap" in left.notices[-1]


def test_output_of_older_cp2k_is_read(tmp_path, writers, dipole):
    writers.write_cp2k_log(tmp_path / "old.out", dipole, old=True)
    series = read_dipole_file(tmp_path / "old.out", Declared())
    assert (series.time_step_fs, series.temperature_k) == (0.5, 300.0)
    assert len(series.runs[0]) == len(dipole)


def test_a_dipole_printed_twice_or_in_an_unfinished_step_is_left_out(tmp_path, writers, dipole):
    path = tmp_path / "cp2k.out"
    writers.write_cp2k_log(path, dipole[:5])
    lines = path.read_text().splitlines()
    twice = writers.cp2k_block(dipole[0] + 1)
    place = lines.index(" MD_INI| MD initialization") + 1
    lines[place:place] = twice
    lines += writers.cp2k_block(dipole[0] + 1)
    path.write_text("\n".join(lines))
    series = read_dipole_file(path, Declared())
    np.testing.assert_allclose(series.runs[0], dipole[:5], atol=1e-7)
    assert "2 dipoles left out" in series.notices[0]


@pytest.mark.parametrize("thermostat", [False, True])
def test_trajectories_of_ases_own_dynamics_state_their_time_step(tmp_path, thermostat):
    class Dipolar(EMT):
        implemented_properties = (*EMT.implemented_properties, "dipole")

        def calculate(self, atoms, properties, changes):
            super().calculate(atoms, properties, changes)
            self.results["dipole"] = atoms.positions.sum(axis=0)

    atoms = ase.build.molecule("H2O")
    atoms.calc = Dipolar()
    atoms.get_dipole_moment()
    path = tmp_path / "md.traj"
    if thermostat:
        dynamics = Langevin(
            atoms, 0.4 * units.fs, temperature_K=250, friction=0.01 / units.fs,
            trajectory=str(path), loginterval=2, fixcm=False, rng=np.random.default_rng(1),
        )  # fmt: skip
    else:
        dynamics = VelocityVerlet(atoms, 0.4 * units.fs, trajectory=str(path), loginterval=2)
    dynamics.attach(atoms.get_dipole_moment, interval=1)
    dynamics.run(10)
    dynamics.close()
    series = read_dipole_file(path, Declared())
    assert series.time_step_fs == pytest.approx(0.8)
    assert series.temperature_k == (pytest.approx(250) if thermostat else None)
    assert series.runs[0].shape == (6, 3)


def test_formats_are_told_by_suffix_where_content_is_silent_and_overruled(tmp_path):
    for suffix, kind in (
        (".csv", "csv"),
        (".xyz", "extxyz"),
        (".traj", "ase"),
        (".h5", "schnetpack"),
    ):
        path = tmp_path / f"empty{suffix}"
        path.write_bytes(b"")
        assert detect_format(path) == kind
    path = tmp_path / "dipoles.txt"
    path.write_text("x,y,z\n1,2,3\n")
    with pytest.raises(InputError, match="choose one with --format: schnetpack, ase"):
        detect_format(path)
    series = read_dipole_file(path, Declared(columns=("x", "y", "z")), format_name="csv")
    np.testing.assert_array_equal(series.runs[0], [[1, 2, 3]])
    with pytest.raises(InputError, match="Did you mean 'extxyz'"):
        read_dipole_file(path, Declared(), format_name="extxy")
    assert len(FORMATS) == 10


def test_stated_beats_declared_or_is_contradicted(tmp_path, writers, dipole):
    path = tmp_path / "simulation.out"
    writers.write_ipi(path, dipole)
    warm = read_dipole_file(path, Declared(temperature_k=350.0, time_step_fs=0.5, unit="debye"))
    assert warm.temperature_k == 350.0
    assert "states 300 K; the declared 350 K is used" in warm.notices[0]
    with pytest.raises(InputError, match=r"states 0\.5 fs between two dipoles, but 0\.25 fs was"):
        read_dipole_file(path, Declared(time_step_fs=0.25))
    with pytest.raises(InputError, match=r"line 4: the file states dipoles in debye, but e\*bohr"):
        read_dipole_file(path, Declared(unit="e*bohr"))


GOOD = "# written by hand\nsource, mu_z, mu_x, mu_y\n0.0,3,1,2\n\n0.5,6,4,5e0\n"


def test_columns_of_a_table_are_found_by_name_and_units_converted(tmp_path):
    path = tmp_path / "dipoles.csv"
    path.write_text(GOOD)
    expected = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(read_dipole_file(path, Declared()).runs[0], expected)
    (run,) = read_dipole_file(path, Declared(unit="debye")).runs
    np.testing.assert_allclose(run, expected * DEBYE, rtol=1e-15)
    (run,) = read_dipole_file(path, Declared(columns=("mu_y", "mu_x", "2"))).runs
    np.testing.assert_array_equal(run, expected[:, [1, 0, 2]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("4,5e0", "4,oops"), "line 5: expected 4 comma-separated finite numbers"),
        (GOOD.replace("6,4,5e0", "6,4"), "line 5"),
        ("mu_x,mu_y\n1,2\n", "line 1: no column mu_z; found mu_x, mu_y"),
        ("1.0,2.0,3.0\n", "line 1: no column mu_x, mu_y, mu_z"),
        ("", "is empty"),
        ("mu_x,mu_y,mu_z\n", "holds no dipoles below its header"),
    ],
)
def test_bad_table_names_the_line(tmp_path, text, message):
    path = tmp_path / "dipoles.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_dipole_file(path, Declared())
