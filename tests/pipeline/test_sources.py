"""Molecules and measured spectra that cannot be used are refused when a study is read."""

import resource
import subprocess
import sys

import ase.io
import pytest
from ase.build import molecule

from tests.cli.program import vibench
from vibench.core.errors import InputError
from vibench.data.recipes import MoleculeRecipe
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.sources import check_measured, check_molecules

STUDY = """
title = "Two molecules"
[data]
molecules = ["methanol", {name}]
[data.label]
[reference]
kind = "gfn2"
"""


def recipes(*settings):
    return [MoleculeRecipe(**one) for one in settings]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "formaldehyd"}, r"unknown molecule 'formaldehyd'. Did you mean 'formaldehyde'"),
        ({"name": "ring", "smiles": "C1CC"}, "RDKit cannot read the SMILES 'C1CC'"),
        ({"name": "two", "smiles": "CO.CO"}, "several molecules"),
        ({"name": "heavy", "smiles": "[99CH4]"}, "no C of mass number 99"),
        ({"name": "methanol", "unpaired_electrons": 1}, "must be even"),
        ({"name": "2-propanol", "isotopes": {"N": 15}}, "isotopes names 'N'"),
        ({"name": "x", "file": "nowhere.xyz"}, r"nowhere\.xyz does not exist"),
        ({"name": "x", "file": "bad.xyz"}, r"bad\.xyz: expected a geometry that ASE can read"),
    ],
)
@pytest.mark.parametrize("key", ["molecules", "unseen"])
def test_a_molecule_that_cannot_be_built_is_refused(tmp_path, monkeypatch, wrong, message, key):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.xyz").write_text("nonsense\n")
    lists = {"molecules": recipes({"name": "water"}), "unseen": recipes({"name": "benzene"})}
    lists[key] += recipes(wrong)
    with pytest.raises(InputError, match=message) as error:
        check_molecules(**lists, source="s.toml")
    assert str(error.value).startswith(f"s.toml: data.{key}: ")


def test_what_can_be_built_passes(tmp_path):
    ase.io.write(tmp_path / "water.xyz", molecule("H2O"))
    several = recipes(
        {"name": "Methanol"},
        {"name": "CH3OH"},
        {"name": "phenol", "isotopes": {"H": 2}},
        {"name": "ammonium", "smiles": "[NH4+]"},
        {"name": "methane cation", "smiles": "C", "charge": 1},
        {"name": "x", "file": str(tmp_path / "water.xyz")},
    )
    check_molecules(several, (), source="s.toml")


@pytest.mark.parametrize("verb", ["plan", "run"])
def test_the_program_refuses_at_once(tmp_path, verb):
    (tmp_path / "s.toml").write_text(STUDY.replace("{name}", '"formaldehyd"'))
    message = vibench(verb, "s.toml", cwd=tmp_path, code=2)
    assert "s.toml: data.molecules: unknown molecule 'formaldehyd'" in message
    assert "Did you mean 'formaldehyde'" in message
    assert 'smiles = "…"' in message
    assert not (tmp_path / "runs").exists()


def test_a_thousand_molecules_are_planned_quickly_and_without_torch(tmp_path):
    molecules = ", ".join(
        f'{{ name = "m{i}", smiles = "{"C" * (i % 20 + 1)}{"O" * (i % 2)}" }}' for i in range(1000)
    )
    (tmp_path / "s.toml").write_text(STUDY.replace("{name}", molecules))
    script = (
        "import sys; sys.modules['torch'] = None; from vibench.cli import main; "
        "sys.argv = ['vibench', 'plan', 's.toml']; main()"
    )
    began = _seconds_of_children()
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=True)
    assert _seconds_of_children() - began < 8.0


def _seconds_of_children():
    """Return the processor time of all processes that this one has waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def measured(path, **settings):
    return {"methanol": MeasuredRecipe(path=path, **settings)}


def test_a_measured_spectrum_must_be_there_and_be_readable(tmp_path):
    table = tmp_path / "m.txt"
    with pytest.raises(InputError, match=r"s\.toml: measured\.methanol: .*m\.txt does not exist"):
        check_measured(measured(table), source="s.toml")
    table.write_text("".join(f"{1000 + i} {0.1 + 0.01 * (i % 5)}\n" for i in range(40)))
    with pytest.raises(InputError, match=r"s\.toml: measured\.methanol: .*declare abscissa"):
        check_measured(measured(table), source="s.toml")
    declared = {"abscissa": "cm^-1", "ordinate": "absorbance"}
    check_measured(measured(table, **declared), source="s.toml")


def test_the_program_refuses_an_unreadable_measured_spectrum(tmp_path):
    (tmp_path / "m.txt").write_text("1000 0.1\n1001 0.2\n")
    study = STUDY.replace("{name}", '"water"') + '[measured.methanol]\npath = "m.txt"\n'
    (tmp_path / "s.toml").write_text(study)
    message = vibench("run", "s.toml", cwd=tmp_path, code=2)
    assert "s.toml: measured.methanol: " in message
    assert "m.txt does not say what its abscissa is" in message
