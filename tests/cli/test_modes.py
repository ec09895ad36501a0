"""The verbs power and bands, on trajectories of springs."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from vibench.cli.commands import app
from vibench.core.errors import InputError
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import MemorySink, assemble
from vibench.store.hdf5 import write_hdf5
from vibench.testing.springs import spring_water, water_springs
from vibench.vibrations.modes import normal_modes


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    recipe = DynamicsRecipe(
        replicas=2,
        equilibration_fs=10.0,
        production_fs=1020.0,
        frame_stride=4,
        temperatures_k=(10.0, 20.0),
    )
    sink, starts = MemorySink(), [spring_water()]
    run(water_springs(), starts, recipe, sink)
    made = assemble(sink.frames(), sink.restart(), build_ensemble(starts, recipe), recipe)
    folder = tmp_path_factory.mktemp("water")
    write_hdf5(folder / "trajectories.h5", made)
    write_hdf5(folder / "modes.h5", [normal_modes(water_springs(), starts[0])])
    return folder


def call(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_bands_of_modes_are_printed(files):
    arguments = ("bands", files / "trajectories.h5", files / "modes.h5", "--temperature-k", 10)
    printed = json.loads(call(*arguments, "--json"))
    np.testing.assert_allclose(printed["position_cm1"], printed["harmonic_cm1"], atol=15)
    assert printed["replicas"] == 2
    text = call(*arguments)
    assert len(text.splitlines()) == 2 + 3
    assert "10 K, 2 replicas" in text


def test_power_spectra_are_written_by_element(files, tmp_path):
    arguments = ("power", files / "trajectories.h5", "--temperature-k", 20)
    listed = call(*arguments, "--by", "element", "--output", tmp_path)
    assert [line.rpartition("/")[2] for line in listed.split()] == ["power-O.csv", "power-H.csv"]
    assert "unit: 1/cm^-1" in (tmp_path / "power-H.csv").read_text().splitlines()[0]
    whole = json.loads(call(*arguments, "--json"))["water"]
    assert len(whole["intensity"]) == len(whole["wavenumber_cm1"])
    assert call(*arguments).startswith("# vibench spectrum")


def test_choices_are_named(files):
    with pytest.raises(InputError, match="trajectories at 10, 20 K: choose with --temperature-k"):
        call("power", files / "trajectories.h5")
    with pytest.raises(InputError, match="molecule, element or atom, found 'mode'"):
        call("power", files / "trajectories.h5", "--by", "mode")
