"""The paper as a study: its tables and its methods, setting by setting."""

from pathlib import Path

import pytest

from vibench.dynamics.recipe import PAPER_FRICTION_PER_FS
from vibench.pipeline.presets import presets
from vibench.pipeline.study import read_study


@pytest.fixture(scope="module")
def study():
    return read_study(Path(__file__).parents[2] / "studies/paper.toml", measured={})


def test_models_are_those_of_tables_1_and_2(study):
    names = [model.name for model in study.models]
    assert names == ["SchNet", "FieldSchNet", "SO3Net", "PaiNN", "MACE"]
    for model in study.models:
        preset = presets()["paper"][model.architecture.architecture]
        for part in ("architecture", "training"):
            given = getattr(model, part).model_dump(mode="json")
            assert all(
                given[key] == value
                for key, value in preset[part].items()
                if not isinstance(value, dict)
            )
    assert study.models[-1].dipole.training.epochs == 500
    assert study.models[-1].training.second_stage.start_epoch == 800


def test_divisions_are_those_of_the_tables(study):
    split = study.data.split
    assert (split.train, split.validation, split.test) == (0.8, 0.1, None)
    own = {model.name: model.split for model in study.models if model.split is not None}
    assert {name: (one.train, one.validation) for name, one in own.items()} == {
        "MACE": (0.85, 0.05)
    }


def test_methods_are_those_of_section_2(study):
    vibrations, dynamics = study.vibrations, study.dynamics
    assert (vibrations.hessian, vibrations.displacement_angstrom) == ("finite-difference", 0.002)
    assert study.precision_check
    assert dynamics.integrator == "langevin-ase"
    assert dynamics.friction_per_fs == PAPER_FRICTION_PER_FS
    assert (dynamics.equilibration_steps, dynamics.production_steps) == (10_000, 100_000)
    assert study.spectra.depth_fs == 1000.0
    assert study.compare.preparation == "paper"
    assert study.data.file.structures == 16485
