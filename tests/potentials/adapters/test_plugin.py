"""Potentials of other packages: found by entry point, checked when they are loaded."""

import sys

import pytest

from vibench.core.errors import InputError, MissingDependencyError
from vibench.potentials.adapters.build import build_adapter
from vibench.potentials.adapters.plugin import installed_plugins
from vibench.potentials.adapters.recipes import (
    MACECalculatorRecipe,
    PluginRecipe,
    SchNetPackRecipe,
)
from vibench.testing.oscillator import oscillator_molecule

MODULE = """
from vibench.testing.oscillator import HarmonicOscillator

def make(wavenumber_cm1=1000.0):
    return HarmonicOscillator(wavenumber_cm1=wavenumber_cm1)

class Nothing:
    pass

def strange():
    potential = make()
    return type("Strange", (), {
        "name": "strange",
        "capabilities": type(potential.capabilities)(frozenset({"energy", "colour"})),
        "__call__": lambda self, molecules: None,
    })()

number = 3
"""
ENTRIES = """[vibench.potentials]
fake = fake_potentials:make
nothing = fake_potentials:Nothing
strange = fake_potentials:strange
number = fake_potentials:number
gone = fake_potentials:gone
"""


def install(folder, name="fake-potentials", entries=ENTRIES):
    """Install a package as pip would: a module and its dist-info."""
    (folder / "fake_potentials.py").write_text(MODULE)
    info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(entries)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    install(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("fake_potentials", None)


@pytest.mark.usefixtures("installed")
def test_plugin_is_made_with_its_arguments():
    assert "fake" in installed_plugins()
    recipe = PluginRecipe(name="fake", arguments={"wavenumber_cm1": 1600.0})
    potential = build_adapter(recipe)
    assert potential.name == "oscillator-1600"
    assert potential(oscillator_molecule()).energy[0] == 0


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("fakee", {}, "unknown plugin 'fakee'. Did you mean 'fake'"),
        ("fake", {"colour": 1}, "package fake-potentials 1.2 refuses arguments"),
        ("gone", {}, r"package fake-potentials 1.2: cannot import fake_potentials:gone"),
        ("number", {}, "is no function"),
        ("nothing", {}, "it has no name .*cannot be called.*capabilities are no"),
        ("strange", {}, r"its outputs are \['colour', 'energy'\], known: "),
    ],
)
def test_what_is_wrong_with_a_plugin_is_said(name, arguments, message):
    with pytest.raises(InputError, match=message):
        build_adapter(PluginRecipe(name=name, arguments=arguments))


def test_two_packages_with_one_name_are_refused(installed):
    install(installed, "other", "[vibench.potentials]\nfake = fake_potentials:strange\n")
    with pytest.raises(InputError, match=r"fake-potentials 1\.2.*both call a potential 'fake'"):
        installed_plugins()


@pytest.mark.parametrize(
    ("recipe", "module", "extra"),
    [(SchNetPackRecipe, "schnetpack", "schnetpack"), (MACECalculatorRecipe, "mace", "mace")],
)
def test_models_of_other_codes_need_file_trust_and_package(
    tmp_path, monkeypatch, recipe, module, extra
):
    path = tmp_path / "best_model"
    with pytest.raises(InputError, match="no model file at"):
        build_adapter(recipe(path=str(path)), trust=True)
    path.write_bytes(b"")
    with pytest.raises(InputError, match=f"--trust.*vibench models import {extra}"):
        build_adapter(recipe(path=str(path)))
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=rf"vibench\[{extra}\]"):
        build_adapter(recipe(path=str(path)), trust=True)
