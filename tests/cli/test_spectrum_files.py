"""The verb spectrum on files: bad input ends with one clear message, exit code 2."""

import json
import signal
import sys

import numpy as np
import pytest

from vibench.cli import main

IPI = "# column   1     --> time{picosecond} : t\n# cols.    2-4   --> dipole{debye} : d\n"
AIMS = "Invoking FHI-aims ...\n| Total dipole moment [eAng] : 1.0 2.0 3.0\n"
STEP = "| Time step number : "
CP2K = "  Dipole moment [Debye]\n    X=  0.1 Y= 0.2 Z= 0.3  Total= 0.4\n"
LAMMPS = "# Time-averaged data for fix mu\n# TimeStep c_mu[1] c_mu[2] c_mu[3]\n"
LOG = "LAMMPS (2 Aug 2023)\nunits real\ntimestep 0.5\n"
XYZ = '1\nProperties=species:S:1:pos:R:3 dipole="0 0 1"\nH 0 0 0\n'
CSV = "time_fs,mu_x,mu_y,mu_z\n"
WAVE = "".join(f"{np.sin(n):.6f},0,{np.cos(n):.6f}\n" for n in range(400))
GOOD = "mu_x,mu_y,mu_z\n" + WAVE
BOTH = ["--time-step-fs", "0.5", "--temperature-k", "300"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the program in this process in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def _run(arguments, files):
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        monkeypatch.setattr(sys, "argv", ["vibench", "spectrum", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return ended.value.code, printed.out, " ".join(printed.err.split())

    yield _run
    for number, handler in before.items():
        signal.signal(number, handler)


BAD = [
    # uneven time steps
    ("d.csv", CSV + "0,1,2,3\n0.5,1,2,3\n1.0,1,2,3\n2.0,1,2,3\n", "d.csv, line 5: uneven time"),
    ("p.out", IPI + "0 1 2 3\n5e-4 1 2 3\n1e-3 1 2 3\n3e-3 1 2 3\n", "p.out, line 6: uneven time"),
    ("m.dat", LAMMPS + "0 1 2 3\n5 1 2 3\n10 1 2 3\n20 1 2 3\n", "m.dat, line 6: uneven time"),
    ("m.dat", LAMMPS + "5 1 2 3\n5 1 2 3\n5 1 2 3\n", "m.dat, line 4: step does not ascend"),
    (
        "c.out",
        "".join(CP2K + f" MD| Time [fs] {t}\n" for t in (0.5, 1.0, 1.5, 2.5)),
        "c.out, line 11: uneven time",
    ),
    # dipoles missing in part
    ("d.xyz", XYZ + XYZ.replace("dipole", "energy"), "d.xyz, frame 1 (line 5): no dipole"),
    ("a.out", AIMS + STEP + "0\n" + STEP + "1\n", "a.out, line 4: no dipole was printed"),
    (
        "c.out",
        CP2K + " MD| Time [fs] 0.5\n" + CP2K + " MD| Time [fs] 1.0\n MD| Time [fs] 1.5\n"
        + CP2K + " MD| Time [fs] 2.0\n" + CP2K + " MD| Time [fs] 2.5\n",
        "c.out, line 9: uneven time",
    ),
    # cut off
    ("d.csv", GOOD + "0.1,0.2", "d.csv, line 402: expected 3 comma-separated finite numbers"),
    ("d.xyz", XYZ + XYZ.rstrip("H 0\n"), "d.xyz, line 5: the file ends inside the frame"),
    ("p.out", IPI + "0 1 2 3\n5e-4 1 2\n", "p.out, line 4: expected 4 columns"),
    ("c.dat", CP2K + "  Dipole moment [Debye]\n", "c.dat, line 4: expected X= … Y= … Z="),
    ("a.out", AIMS + "| Total dipole moment [eAng] : 1.0 2.0\n", "a.out, line 3: expected three"),
    ("m.dat", LAMMPS + "0 1 2 3\n5 1 2\n", "m.dat, line 4: expected 4 finite numbers"),
    ("x.dip", " #EXTRAS(dipole)# Step: 1\n1 2 3\n #EXTRAS(dipole)# Step: 2\n", "x.dip, line 4:"),
    ("l.log", LOG + "Step c_m[1] c_m[2] c_m[3]\n0 1 2 3\n5 1", "l.log, line 6: expected 4 finite"),
    # not a number
    ("d.csv", GOOD + "nan,0,1\n", "d.csv, line 402: expected 3 comma-separated finite numbers"),
    ("d.xyz", XYZ + XYZ.replace("0 0 1", "0 nan 1"), "d.xyz, frame 1 (line 5): expected dipole"),
    ("p.out", IPI + "0 nan nan nan\n", "p.out, line 3: expected 4 finite numbers"),
    ("c.dat", CP2K.replace("0.2", "****"), "c.dat, line 2: expected X="),
    ("a.out", AIMS.replace("2.0", "NaN"), "a.out, line 2: expected three finite numbers"),
    ("m.dat", LAMMPS + "0 1 2 inf\n", "m.dat, line 3: expected 4 finite numbers"),
    # not what it seems
    ("p.out", "# column 1 --> time : t\n0\n", "p.out: i-PI wrote no property dipole here"),
    ("p.out", IPI.replace("debye", "yard") + "0 1 2 3\n", "p.out, line 2: unknown unit 'yard'"),
    ("p.out", IPI.replace("dipole{", "dipole(1){") + "0 1 2 3\n", "dipoles of the beads 1 only"),
    ("m.dat", "# Time-averaged data for fix a\n# TimeStep Number-of-rows\n", "in mode vector"),
    ("m.dat", "# Fix print output for fix a\n0 1 2 3\n", "which columns are the dipole?"),
    ("l.log", LOG + "Step Temp\n0 1\n", "no dipole among the columns Step, Temp"),
    ("l.log", LOG, "holds no thermo table"),
    ("a.out", "Invoking FHI-aims ...\n", "set 'output dipole'"),
    ("c.out", " CP2K| version\n", "holds no line 'Dipole moment [Debye]'"),
    ("d.xyz", "oops\n", "d.xyz, line 1: expected the number of atoms"),
    ("d.traj", "", "cannot read the ASE trajectory d.traj"),
    ("d.h5", "", "cannot read d.h5"),
    ("d.txt", "hello\n", "cannot tell in which format"),
    ("d.csv", "\xff\xfe", "d.csv"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "message"), BAD)
def test_bad_files_name_file_and_place(run, name, text, message):
    unit = ["--dipole-unit", "e*bohr"] if name in {"m.dat", "x.dip"} else []
    code, out, err = run([name, *unit, "--temperature-k", "300"], {name: text})
    assert message in err
    assert (code, out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["d.csv"], "d.csv does not state its time_step_fs: declare it with --time-step-fs"),
        (["d.csv", "--time-step-fs", 1], "declare it with --temperature-k"),
        (["d.csv", "--time-step-fs", 0, "--temperature-k", 300], "time_step_fs must be positive"),
        (["d.csv", *BOTH], "trajectory 0 has 400 steps of 0.5 fs, but a correlation depth"),
        (["d.csv", *BOTH, "--dipole-unit", "Debye"], "Did you mean 'debye'"),
        (["d.csv", *BOTH, "--format", "cvs"], "Did you mean 'csv'"),
        (["d.csv", *BOTH, "--columns", "mu_x,mu_y"], "--columns takes three names or numbers"),
        (["d.csv", *BOTH, "--columns", "a,b,c"], "no column a, b, c; found mu_x, mu_y, mu_z"),
        (["d.csv", *BOTH, "--unwrap"], "states no periodic cell to unwrap dipoles with"),
        (["d.csv", *BOTH, "--unwrap", "--cell-angstrom", "1,2"], "takes 1, 3 or 9 numbers"),
        (["d.csv", *BOTH, "--cell-angstrom", 9], "are for --unwrap"),
        (["d.csv", *BOTH, "--unwrap", "--quantum-e", 3], "--quantum-e is 1 or 2"),
        (["d.csv", *BOTH, "--beads"], "there are no beads to average"),
        (["d.csv", "short.csv", *BOTH, "--beads"], "equally long, found 2 with 3, 400 dipoles"),
        (["d.csv", "t.csv", "--temperature-k", 300], "d.csv does not state its time_step_fs"),
        (["t.csv", "u.csv", "--temperature-k", 300], "must have one time_step_fs: t.csv has 0.5"),
        (["t.csv", "--temperature-k", 300, "--time-step-fs", 1], "but 1 fs was declared"),
        (["d.csv", "a.out", *BOTH], "must be of one kind"),
        (["methanol"], "no file methanol; to make a spectrum of a molecule"),
        (["d.csv", "--potential", "gfn2"], "d.csv is no geometry of a molecule"),
        (["water", "ethanol", "--potential", "gfn2"], "takes one molecule, found water, ethanol"),
        (["water", "-p", "gfn2", "--beads"], "--beads: for files of dipoles, but with --potential"),
        (["d.csv", *BOTH, "--dynamics-settings", "x.toml"], "needs --potential and a molecule"),
        (["d.csv", *BOTH, "--settings", "kubo.toml"], "already is a quantum one"),
        (["d.csv", *BOTH, "--settings", "exact.toml"], "derivative = 'exact' needs trajectories"),
        (["d.csv", *BOTH, "--settings", "shift.toml"], "time_step_shift = 'remove' needs"),
        (["water", "-p", "gfn2", "--settings", "k.toml"], "dynamics of vibench are classical"),
        (["d.csv", *BOTH, "--settings", "blocks.toml"], "at most 4 blocks are possible"),
    ],
)  # fmt: skip
def test_what_is_missing_or_does_not_fit_is_said(run, arguments, message):
    files = {
        "d.csv": GOOD,
        "short.csv": "mu_x,mu_y,mu_z\n1,2,3\n2,3,4\n3,4,5\n",
        "t.csv": CSV + "0,1,2,3\n0.5,1,2,4\n1.0,1,2,4\n",
        "u.csv": CSV + "0,1,2,3\n1.0,1,2,4\n2.0,1,2,4\n",
        "a.out": AIMS,
        "kubo.toml": 'correlation = "kubo"\nquantum_factor = "none"\n',
        "exact.toml": 'derivative = "exact"\n',
        "shift.toml": 'time_step_shift = "remove"\n',
        "k.toml": 'correlation = "kubo"\n',
        "blocks.toml": "blocks = 50\ndepth_fs = 20.0\n",
    }
    code, _, err = run(arguments, files)
    assert message in err
    assert code == 2


def test_replicas_give_a_standard_error_and_json_says_all(run):
    files = {"a.csv": GOOD, "s.toml": "depth_fs = 50.0\n"}
    files["b.csv"] = "mu_x,mu_y,mu_z\n" + "".join(
        f"{np.sin(1.1 * n):.6f},0,{np.cos(n):.6f}\n" for n in range(400)
    )
    arguments = ["a.csv", "b.csv", *BOTH, "--settings", "s.toml"]
    code, out, _ = run([*arguments, "--json"], files)
    content = json.loads(out)
    assert code == 0
    assert set(content) == {
        "wavenumber_cm1", "intensity", "standard_error", "unit", "width_cm1", "method", "notices",
    }  # fmt: skip
    assert len(content["standard_error"]) == len(content["wavenumber_cm1"])
    assert (
        "2 trajectories from table, columns mu_x, mu_y, mu_z in e*angstrom; 2 files"
        in content["method"]
    )
    code, out, _ = run([*arguments, "-o", "made"], {})
    assert (code, out.strip()) == (0, "made/spectrum.csv")


def test_notices_go_to_stderr_and_into_json(run):
    files = {"d.xyz": "".join(XYZ.replace("0 0 1", f"0 0 {np.sin(n)}") for n in range(300))}
    files["s.toml"] = "depth_fs = 20.0\n"
    code, out, err = run(["d.xyz", *BOTH, "--settings", "s.toml", "--json"], files)
    assert code == 0
    assert "Note: d.xyz: dipoles taken as e·Å, the unit of ASE" in err
    assert json.loads(out)["notices"] == ["d.xyz: dipoles taken as e·Å, the unit of ASE"]
