"""The documentation is true: commands run, settings are valid, links lead somewhere."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import ase.io
import numpy as np
import pytest
import torch
import typer
from ase.build import molecule as g2_molecule

from vibench.cli import commands  # noqa: F401 - puts the verbs on the app
from vibench.cli.app import app
from vibench.core.dataset import Dataset
from vibench.core.molecules import concatenate, with_positions
from vibench.core.protocols import Silent
from vibench.core.units import DIPOLE_UNITS, ENERGY_UNITS, LENGTH_UNITS, SPEED_OF_LIGHT
from vibench.data.extended_xyz import write_extended_xyz
from vibench.data.molecules import build_molecule
from vibench.data.recipes import ImportRecipe, LabelRecipe, MoleculeRecipe, SplitRecipe
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.motion import RobustnessRecipe, TemperatureSeriesRecipe
from vibench.pipeline.potentials import CommitteeRecipe
from vibench.pipeline.site_recipes import ParslRecipe
from vibench.pipeline.study import DataRecipe, ModelRecipe, Study
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.model_files import pickles_allowed
from vibench.potentials.adapters.recipes import ASERecipe, PySCFRecipe, SchNetPackRecipe
from vibench.potentials.recipes import FieldSchNetRecipe, MACERecipe, PaiNNRecipe
from vibench.spectra.recipe import SpectrumRecipe
from vibench.store.chunks import FileCheckpoint
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.weights import write_weights
from vibench.train.recipe import TrainRecipe
from vibench.train.trainer import Trainer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
# In the order a newcomer reads them: later commands use the files of earlier ones.
READ = [ROOT / "README.md", ROOT / "docs/tutorial.md", ROOT / "docs/how-to.md"]
READ += [page for page in PAGES if page not in READ]

RECIPES = {
    recipe.__name__: recipe
    for recipe in (
        ASERecipe,
        CommitteeRecipe,
        DataRecipe,
        DynamicsRecipe,
        ImportRecipe,
        LabelRecipe,
        ModelRecipe,
        MoleculeRecipe,
        ParslRecipe,
        PySCFRecipe,
        RobustnessRecipe,
        SchNetPackRecipe,
        SpectrumRecipe,
        SplitRecipe,
        TemperatureSeriesRecipe,
        Study,
    )
}

SMALL_FILES = {
    "label.toml": "temperatures_k = [300.0]\nstructures_per_temperature = 10\nspacing_fs = 5.0\n"
    "equilibration_fs = 5.0\nnormal_mode_share = 0.5\n",
    "model.toml": 'name = "small"\n[architecture]\narchitecture = "painn"\nfeatures = 8\n'
    "interactions = 1\n[training]\nepochs = 2\nbatch_size = 4\n",
    "tuned.toml": 'name = "tuned"\n[architecture]\narchitecture = "painn"\nfeatures = 8\n'
    'interactions = 1\n[training]\nstart = "model/model.safetensors"\nepochs = 2\n',
    "short.toml": "replicas = 2\nequilibration_fs = 5.0\nproduction_fs = 150.0\n",
    "minutes.toml": "replicas = 2\nequilibration_fs = 5.0\nproduction_fs = 150.0\n",
    # Models of two epochs have other bonds than a trained one may have.
    "dynamics.toml": "replicas = 4\nequilibration_fs = 5.0\nproduction_fs = 150.0\n"
    "bond_factor = 5.0\n",
    "short-depth.toml": "depth_fs = 50.0\n",
    "short-spectrum.toml": "depth_fs = 50.0\n",
    "bands.toml": "depth_fs = 50.0\n",
    "exact-axis.toml": 'depth_fs = 50.0\ntime_step_shift = "remove"\n',
    "flux.toml": "dipole_flux = true\nreplicas = 2\nequilibration_fs = 2.0\nproduction_fs = 60.0\n",
    "from-velocities.toml": 'depth_fs = 50.0\nderivative = "exact"\n',
    "broad.toml": "width_cm1 = 700.0\n",
}
"""Settings that keep the commands short, some in place of those that the pages show."""

ONE = "--workers 1"
SHORT = "--settings short-depth.toml"
LABEL = f"--settings label.toml --conformers 1 {ONE}"
STUDY = "--scale test --workers 2"
COMMANDS = {
    "vibench run studies/quickstart.toml": STUDY,
    "vibench spectrum dipoles.csv --time-step-fs 0.5 --temperature-k 300 > spectrum.csv": "",
    "vibench spectrum furan --potential gfn2 --dynamics-settings short.toml "
    "-o furan": f"--settings short-depth.toml --conformers 1 {ONE}",
    "vibench plan studies/quickstart.toml": "",
    "vibench plan studies/quickstart.toml --time": "--scale test",
    "vibench plan studies/paper.toml": "",
    "VIBENCH_PALIRS=~/data/palirs.xyz vibench run studies/paper.toml": STUDY,
    "vibench run studies/quickstart.toml --scale test": "",
    "vibench run studies/quickstart.toml --scale test --site sites/local.toml": "",
    "vibench show runs/train/KEY": "",
    "vibench report studies/quickstart.toml": "--scale test",
    "vibench report studies/quickstart.toml --incomplete": "--scale test",
    "vibench data label methanol -o methanol": LABEL,
    'vibench data label "propynal=C#CC=O" -o propynal': LABEL,
    "vibench data label my-molecule.xyz -o my-molecule": LABEL,
    "vibench data label methanol --settings label.toml -o methanol": f"--conformers 1 {ONE}",
    "vibench data label water --settings label.toml --potential pyscf:pbe/def2-svp --sampler gfn2 "
    "-o water-pbe": f"--conformers 1 {ONE}",
    "vibench data inspect import-npz.toml": "",
    "vibench data import import-npz.toml -o imported": "",
    "vibench data import import-xyz.toml -o imported-xyz": "",
    "vibench data inspect imported/dataset.h5 --no-reference": "",
    "vibench train methanol/dataset.h5 propynal/dataset.h5 --settings model.toml "
    "--split split.toml -o model": "",
    "vibench train methanol/dataset.h5 --settings model.toml --tensorboard logs -o watched": "",
    "vibench train imported/dataset.h5 --settings tuned.toml -o tuned": "",
    "vibench evaluate model/model.safetensors imported/dataset.h5": "",
    "vibench evaluate committee.toml imported/dataset.h5": "",
    "vibench vibrations water --potential committee.toml": ONE,
    "vibench evaluate gfn2 imported/dataset.h5": ONE,
    "vibench vibrations methanol": f"{ONE} -o methanol-modes",
    "vibench vibrations methanol --potential model/model.safetensors": "",
    "vibench dynamics methanol --settings dynamics.toml -o motion": f"--conformers 1 {ONE}",
    "vibench spectrum motion/trajectories.h5 -o spectrum": "--settings short-depth.toml",
    "vibench spectrum dipoles.csv --time-step-fs 0.5 --temperature-k 300 --dipole-unit debye "
    "> spectrum.csv": "",
    "vibench spectrum dipoles.csv --time-step-fs 0.5 --temperature-k 300 "
    "--settings spectrum.toml -o smooth": "",
    "vibench experiment inspect methanol.jdx": "",
    "vibench compare spectrum/spectrum.h5 methanol.jdx": "--settings broad.toml",
    "vibench experiment strengths acetone.jdx --window 1160-1280 --window 1650-1850 "
    "--against spectrum/spectrum.h5": "",
    "vibench spectrum methanol --potential gfn2 --dynamics-settings minutes.toml "
    "-o methanol-spectrum": f"--settings short-depth.toml --conformers 1 {ONE}",
    "vibench spectrum motion/trajectories.h5 --plan 5%": SHORT,
    "vibench spectrum motion/trajectories.h5 --plan r=0.99": SHORT,
    "vibench spectrum cp2k.out -o from-cp2k": SHORT,
    "vibench spectrum aims.out -o from-aims": SHORT,
    "vibench spectrum simulation.out -o from-i-pi": SHORT,
    "vibench spectrum md.traj --temperature-k 300 -o from-ase": SHORT,
    "vibench spectrum md.xyz --time-step-fs 0.5 --temperature-k 300 -o from-xyz": SHORT,
    "vibench spectrum log.lammps --temperature-k 300 -o from-lammps": SHORT,
    "vibench spectrum mu.dat --columns 'c_mu[1],c_mu[2],c_mu[3]' --dipole-unit e*angstrom "
    "--time-step-fs 0.5 --temperature-k 300 -o from-table": SHORT,
    "vibench spectrum md.hdf5 --dipole-unit e*angstrom --temperature-k 300 "
    "-o from-schnetpack": SHORT,
    "vibench spectrum run1.csv run2.csv run3.csv --time-step-fs 0.5 --temperature-k 300 "
    "-o three-replicas": SHORT,
    "vibench spectrum w-moments-1_0.dat --time-step-fs 0.5 --temperature-k 330 --unwrap "
    "-o unwrapped": SHORT,
    "vibench spectrum simulation.dip_0 simulation.dip_1 --beads --dipole-unit e*bohr "
    "--time-step-fs 0.25 --temperature-k 300 -o ring-polymer": SHORT,
    "vibench spectrum motion/trajectories.h5 --settings exact-axis.toml -o exact-axis": "",
    "vibench dynamics methanol --settings flux.toml -o motion-with-flux": f"--conformers 1 {ONE}",
    "vibench spectrum motion-with-flux/trajectories.h5 --settings from-velocities.toml "
    "-o from-velocities": "",
    "vibench experiment fetch acetone -o measured": "",
    "vibench bands motion/trajectories.h5 methanol-modes/modes.h5 --settings bands.toml": "",
    "vibench power motion/trajectories.h5 --by element --settings short-spectrum.toml "
    "--output power": "",
    "vibench run studies/active-learning.toml": STUDY,
    "vibench run studies/active-learning-random.toml": STUDY,
    "vibench run studies/methanol-temperatures.toml": STUDY,
    "vibench run studies/gfn2-measured.toml --measured methanol=methanol.jdx": STUDY,
    "vibench run studies/quickstart.toml --measured methanol=methanol.jdx": STUDY,
    "vibench vibrations water --potential pyscf:pbe/def2-svp": ONE,
    "vibench vibrations water --potential calculator.toml --allow-import": ONE,
    "VIBENCH_FORMALDEHYDE=~/data/h2co_ccsdt_avtz_4001.npz "
    "vibench run studies/formaldehyde-ccsd.toml": STUDY,
    "vibench export studies/quickstart.toml -o quickstart.zip": "--scale test",
    "vibench verify quickstart.zip": ONE,
    "vibench verify studies/quickstart.toml": f"--scale test {ONE}",
    "vibench compare-studies runs/reports/active-learning runs/reports/active-learning-random "
    "-o side-by-side": "",
    "vibench spectrum motion/trajectories.h5 -o for-others --jcamp": SHORT,
    "vibench run studies/quickstart.toml --device cuda": STUDY,
    "vibench models import schnetpack best_model --elements H,C,O --trust -o painn.safetensors": "",
    "vibench models import mace ethanol.model --trust -o mace.safetensors": "",
    "vibench vibrations ethanol --potential schnetpack:best_model --trust": ONE,
    "vibench vibrations ethanol --potential mace:ethanol.model --trust": ONE,
    "vibench vibrations water --potential gfn2+dipole.safetensors": ONE,
    "vibench spectrum water --temperature-k 300 --potential "
    "energy.safetensors+dipole.safetensors": f"--dynamics-settings dynamics.toml {SHORT} "
    f"--conformers 1 {ONE} -o water-spectrum",
    "vibench models": "",
    "vibench models model/model.safetensors": "",
    "vibench schema > study.schema.json": "",
    "vibench doctor": "",
    "vibench doctor --runs ~/vibench-runs --device cuda": "",
    "vibench clean": "",
    "vibench clean studies/quickstart.toml studies/active-learning.toml --older-than 30": "",
    "vibench clean studies/quickstart.toml studies/active-learning.toml --delete": "",
    "vibench polarizability water --potential field_model.safetensors": "",
    "vibench vibrations field.toml --potential field_model.safetensors": ONE,
}
"""Every command that a page shows, and what is added to keep it short."""

OTHER_CODES = {"schnetpack": "schnetpack", "mace": "mace"}
"""Word of a command that reads a model of another code → the package that must be there."""

REPLACED = {
    "runs/train/KEY": '"$(ls -d runs/train/*/ | head -n 1)"',
    "pyscf:pbe/def2-svp": "pyscf:hf/sto-3g",
    "~/data/palirs.xyz": "structures.xyz",
    "~/data/": "",
    "reports/active-learning ": "reports/active-learning-test ",
    "reports/active-learning-random ": "reports/active-learning-random-test ",
    "--device cuda": "--device cpu",
    "~/vibench-runs": "runs",
}
"""What in a command is replaced, as it depends on the machine or takes long."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, with the comment above it."""

    page: Path
    mark: str
    language: str
    text: str

    @property
    def marks(self):
        """Key → value of a comment such as ``settings: Study, table: data``."""
        return dict(part.split(": ") for part in self.mark.split(", ")) if self.mark else {}


def blocks(language):
    pattern = re.compile(
        r"(?:^<!-- ([^\n]*) -->\n)?^```(\w+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL
    )
    return [
        Block(page, mark, language, text)
        for page in READ
        for mark, found, text in pattern.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]


def shown_commands():
    """Return the commands of all console blocks, each once, without what starts them."""
    found = []
    for block in blocks("console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            for part in line.partition("  #")[0].split("&&"):
                command = part.strip().removeprefix("uv run ")
                if re.match(r"(\w+=\S+ )*vibench ", command):
                    found.append(" ".join(command.split()))
    return list(dict.fromkeys(found))


def jcamp(wavenumber, absorbance):
    rows = "\n".join(f"{x:.4f} {y:.6f}" for x, y in zip(wavenumber, absorbance, strict=True))
    return (
        "##TITLE=METHANOL\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##STATE=gas\n"
        "##XUNITS=1/CM\n##YUNITS=ABSORBANCE\n##XFACTOR=1.0\n##YFACTOR=1.0\n"
        f"##FIRSTX={wavenumber[0]:.4f}\n##LASTX={wavenumber[-1]:.4f}\n##NPOINTS={len(wavenumber)}\n"
        f"##XYDATA=(X++(Y..Y))\n{rows}\n##END=\n"
    )


def write_structures(folder):
    """Write labelled structures of formaldehyde in the three forms that the pages import."""
    minimum = build_molecule(MoleculeRecipe(name="formaldehyde"))
    shifts = np.random.default_rng(1).normal(0, 0.03, size=(40, *minimum.positions.shape))
    molecules = concatenate([with_positions(minimum, minimum.positions + d) for d in shifts])
    labels = GFN2()(molecules)
    dataset = Dataset(molecules, labels, "GFN2-xTB", np.zeros(40, np.int64))
    write_extended_xyz(dataset, folder / "structures.xyz")
    write_hdf5(folder / "formaldehyde.h5", dataset)
    numbers = molecules.numbers.reshape(40, 4)
    positions, forces = molecules.positions.reshape(40, 4, 3), labels.forces.reshape(40, 4, 3)
    hartree, bohr = ENERGY_UNITS["hartree"], LENGTH_UNITS["bohr"]
    np.savez(
        folder / "structures.npz",
        atomic_numbers=numbers,
        coordinates=positions / bohr,
        energies=labels.energy / hartree,
        gradients=-forces / (hartree / bohr),
        dipoles=labels.dipole / DIPOLE_UNITS["e*bohr"],
    )
    np.savez(
        folder / "h2co_ccsdt_avtz_4001.npz",
        Z=numbers,
        R=positions,
        N=np.full(40, 4),
        Q=np.zeros(40),
        E=labels.energy,
        F=forces,
        D=labels.dipole,
    )


def write_models(folder):
    """Write the models that the pages tell their readers to have: trained, if very little."""
    dataset = read_hdf5(folder / "formaldehyde.h5", Dataset)
    whole = PaiNNRecipe(features=8, interactions=1)
    for seed, (name, architecture) in enumerate(
        (
            ("first", whole),
            ("second", whole),
            ("energy", PaiNNRecipe(features=8, interactions=1, outputs=("energy",))),
            ("dipole", PaiNNRecipe(features=8, interactions=1, outputs=("dipole",))),
            ("field_model", FieldSchNetRecipe(features=8, interactions=1)),
        )
    ):
        recipe = TrainRecipe(epochs=2, batch_size=4, dipole_weight=1.0, seed=seed)
        trainer = Trainer(
            dataset, np.arange(32), np.arange(32, 40), architecture=architecture, recipe=recipe
        )
        trained = trainer.run(FileCheckpoint(folder / f"{name}.state"), Silent())
        write_weights(folder / f"{name}.safetensors", trained.weights)
    with pickles_allowed():
        write_foreign_models(folder)


def write_foreign_models(folder):
    """Write models of the codes that are installed, as these codes do."""
    if importlib.util.find_spec("schnetpack"):
        from validation.upstream_models import schnetpack_model

        torch.save(schnetpack_model(PaiNNRecipe(features=8, interactions=1)), folder / "best_model")
    if importlib.util.find_spec("mace"):
        from validation.upstream_models import mace_model

        recipe = MACERecipe(features=4, outputs=("energy",), radial_layers=(8,))
        torch.save(mace_model(recipe), folder / "ethanol.model")


def write_dipole_files(folder):
    """Write dipoles as other codes do; their own tests have the writers."""
    path = ROOT / "tests/spectra/dipole_files/writers.py"
    spec = importlib.util.spec_from_file_location("dipole_file_writers", path)
    writers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writers)
    turn = 2 * np.pi * SPEED_OF_LIGHT * 0.5 * np.arange(600)[:, None]
    dipole = 0.1 + 0.03 * np.cos(turn * np.array([900.0, 1700.0, 2900.0]))
    writers.write_cp2k_log(folder / "cp2k.out", dipole)
    writers.write_fhi_aims(folder / "aims.out", dipole)
    writers.write_ipi(folder / "simulation.out", dipole, beads=(dipole, 1.1 * dipole))
    writers.write_ase(folder / "md.traj", dipole)
    writers.write_extxyz(folder / "md.xyz", dipole)
    writers.write_lammps_log(folder / "log.lammps", dipole)
    writers.write_lammps_table(folder / "mu.dat", dipole)
    writers.write_schnetpack(folder / "md.hdf5", np.stack([dipole, 1.1 * dipole]))
    writers.write_cp2k_file(folder / "w-moments-1_0.dat", dipole, np.diag([9.0, 8.0, 7.0]))
    for number in range(3):
        writers.write_csv(folder / f"run{number + 1}.csv", (1 + 0.1 * number) * dipole)
        writers.write_ipi_extras(folder / f"simulation.dip_{number}", (1 + 0.1 * number) * dipole)


def fill_cache(folder, text):
    """Put a spectrum where those that were fetched are kept, as tests have no network."""
    place = folder / "cache/webbook/acetone"
    place.mkdir(parents=True)
    (place / "0.jdx").write_text(text)
    (place / "order.json").write_text('["0"]')


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with all files that the pages tell their readers to have."""
    folder = tmp_path_factory.mktemp("documentation")
    for name in ("studies", "sites"):
        shutil.copytree(ROOT / name, folder / name)
    for block in blocks("toml"):
        if "file" in block.marks:
            (folder / block.marks["file"]).write_text(block.text, encoding="utf-8")
    for name, text in SMALL_FILES.items():
        (folder / name).write_text(text)
    ase.io.write(folder / "my-molecule.xyz", g2_molecule("H2CO"))
    write_structures(folder)
    write_models(folder)
    dipole = 0.1 * np.cos(2 * np.pi * 2.99792458e-5 * 1500 * 0.5 * np.arange(5000))
    rows = np.stack([dipole, 0 * dipole, 0 * dipole], axis=1)
    np.savetxt(folder / "dipoles.csv", rows, delimiter=",", header="mu_x,mu_y,mu_z", comments="")
    wavenumber = np.arange(450.0, 3970.0, 4.0)
    bands = [np.exp(-(((wavenumber - centre) / 60) ** 2)) for centre in (1050, 2900, 3650)]
    (folder / "methanol.jdx").write_text(jcamp(wavenumber, sum(bands)))
    quantitative = jcamp(wavenumber, sum(bands)).replace(
        "##YUNITS=ABSORBANCE",
        "##PRESSURE=101.3 kPa\n##TEMPERATURE=23 C\n##YUNITS=(micromol/mol)-1m-1 (base 10)",
    )
    (folder / "acetone.jdx").write_text(quantitative)
    fill_cache(folder, quantitative)
    write_dipole_files(folder)
    return folder


def keep_to_one_core():
    """Use one core: threads that wait for each other make tiny tasks slow on a busy machine."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@pytest.mark.parametrize("command", shown_commands())
def test_command_runs(command, folder):
    assert command in COMMANDS, "a new command: say in COMMANDS how it is kept short"
    for word, package in OTHER_CODES.items():
        if re.search(rf"(import |--potential ){word}\b", command):
            pytest.importorskip(package)
    executed = f"{command} {COMMANDS[command]}"
    for shown, used in REPLACED.items():
        executed = executed.replace(shown, used)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "OMP_NUM_THREADS": "1"}
    environment.pop("VIBENCH_RUNS", None)
    environment["VIBENCH_CACHE"] = str(folder / "cache")
    result = subprocess.run(
        ["bash", "-c", executed],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        preexec_fn=None if "vibench run" in command else keep_to_one_core,
    )
    assert result.returncode == 0, f"{executed}\n{result.stdout}\n{result.stderr}"


def test_no_command_is_listed_in_vain():
    assert COMMANDS.keys() <= set(shown_commands())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_verbs_and_options_in_sentences_exist(page):
    text = re.sub(
        r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for words in re.findall(r"`vibench ([^`]+)`", text):
        command = typer.main.get_command(app)
        for word in words.split():
            if word.startswith("-"):
                known = {option for each in command.params for option in each.opts}
                assert word in known | {"--help", "--json"}, words
            elif word.islower() and hasattr(command, "commands"):
                assert word in command.commands, words
                command = command.commands[word]


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.mark)
def test_settings_are_valid(block):
    content, marks = tomllib.loads(block.text), block.marks
    if "part of" in marks:
        assert block.text in (ROOT / marks["part of"]).read_text(encoding="utf-8")
    elif "added to" in marks:
        whole = (ROOT / marks["added to"]).read_text(encoding="utf-8") + block.text
        Study.model_validate(tomllib.loads(whole))
    elif marks["settings"] == "Study":
        for name, value in content.items():
            Study.model_validate({"title": "", "data": {"molecules": ["water"]}, name: value})
    else:
        table = content[marks["table"]] if "table" in marks else content
        RECIPES[marks["settings"]].model_validate(table)


def slug(heading):
    """Return the anchor of a heading as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            headings = re.findall(
                r"^#+ (.*)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE
            )
            assert anchor in map(slug, headings), f"{page.name}: {link}"


def named_tests():
    """Return file and test of every proof that the theory names, in its order."""
    text = (ROOT / "docs/theory.md").read_text(encoding="utf-8")
    found, file = [], None
    for path, test in re.findall(r"`([\w/]+/test_\w+\.py)?(?:::)?(test_\w+)?`", text):
        file = path or file
        if path or test:
            found.append((file, test))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(("file", "test"), named_tests())
def test_proofs_exist(file, test):
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert f"def {test}(" in text if test else "def test_" in text


def test_reference_and_schema_are_what_their_generator_makes():
    path = ROOT / "docs" / "generate_reference.py"
    spec = importlib.util.spec_from_file_location("generate_reference", path)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    for file, made in (
        (generator.PAGE, generator.reference_page()),
        (generator.SCHEMA, generator.schema_text()),
    ):
        assert file.read_text(encoding="utf-8") == made, "run docs/generate_reference.py"
