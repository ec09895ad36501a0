"""Presets: the tables of the paper, and settings of a study that go before them."""

import pytest

from vibench.core.errors import InputError
from vibench.pipeline.parsing import parse
from vibench.pipeline.presets import presets
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe
from vibench.potentials.network import build_network
from vibench.potentials.training_statistics import TrainingStatistics
from vibench.train.recipe import TrainRecipe

ARCHITECTURES = ("schnet", "field_schnet", "so3net", "painn", "mace", "mace_dipole")
TABLE_1 = {"schnet": 6, "field_schnet": 5, "so3net": 10, "painn": 10}


def model(**settings):
    if settings.get("architecture") == "mace_dipole":
        return parse(DipoleModelRecipe, settings, "study.toml")
    return parse(ModelRecipe, {"name": "model", **settings}, "study.toml")


@pytest.mark.parametrize("preset", ["paper", "small", "tiny"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_preset_knows_every_architecture(preset, architecture):
    assert architecture in presets()[preset]
    assert model(architecture=architecture, preset=preset).architecture.architecture == architecture


@pytest.mark.parametrize(("architecture", "layers"), TABLE_1.items())
def test_paper_is_table_1(architecture, layers):
    found = model(architecture=architecture, preset="paper")
    assert found.architecture.interactions == layers
    assert found.architecture.features == 128
    assert found.architecture.cutoff_angstrom == 5.0
    training = found.training
    assert training.epochs == 1000
    weights = (training.energy_weight, training.force_weight, training.dipole_weight)
    assert weights == (0.05, 0.94, 0.01)


def test_paper_is_table_2():
    energies, dipoles = (model(architecture=a, preset="paper") for a in ("mace", "mace_dipole"))
    for found, channels, epochs in ((energies, 256, 1000), (dipoles, 16, 500)):
        assert found.architecture.interactions == 2
        assert found.architecture.features == channels
        assert found.architecture.correlation == 3
        assert found.architecture.cutoff_angstrom == 5.0
        assert found.training.epochs == epochs
    stage = energies.training.second_stage
    assert (energies.training.energy_weight, energies.training.force_weight) == (1, 10)
    assert (stage.start_epoch, stage.energy_weight, stage.force_weight) == (800, 10, 1)
    assert dipoles.architecture.last_layer == "faithful"


@pytest.mark.parametrize("architecture", TABLE_1)
def test_paper_trains_as_schnetpack(architecture):
    training = model(architecture=architecture, preset="paper").training
    assert (training.optimizer, training.weight_decay) == ("adamw", 0.0)
    assert (training.batch_size, training.learning_rate) == (10, 1e-4)
    assert (training.plateau_factor, training.plateau_patience) == (0.5, 50)
    assert (training.plateau_cooldown, training.plateau_threshold) == (10, 0.0)
    assert (training.ema_decay, training.ema_warm_up, training.gradient_clip) == (0.995, True, 0.0)
    assert (training.drop_last, training.per_atom, training.amsgrad) == (False, False, False)


@pytest.mark.parametrize("architecture", ["mace", "mace_dipole"])
def test_paper_trains_as_mace_torch(architecture):
    training = model(architecture=architecture, preset="paper").training
    assert (training.optimizer, training.amsgrad) == ("adam", True)
    assert (training.weight_decay, training.weight_decay_on) == (5e-7, "mace-torch")
    assert (training.batch_size, training.learning_rate, training.drop_last) == (10, 0.01, True)
    assert (training.plateau_factor, training.plateau_patience) == (0.8, 50)
    assert (training.plateau_cooldown, training.plateau_threshold) == (0, 1e-4)
    assert (training.ema_decay, training.gradient_clip, training.per_atom) == (0.0, 10.0, True)
    stage = training.second_stage
    assert stage is None or stage.constant_learning_rate


def test_small_is_one_protocol_for_all_architectures():
    for architecture in ARCHITECTURES:
        training = model(architecture=architecture, preset="small").training
        rate = 1e-2 if architecture.startswith("mace") else 1e-3
        assert training == TrainRecipe(
            epochs=100, learning_rate=rate, dipole_weight=1.0, plateau_patience=10
        )


def test_what_the_study_says_goes_before_the_preset():
    given = {"architecture": "so3net", "lmax": 1}
    found = model(architecture=given, preset="paper", training={"epochs": 3})
    assert (found.architecture.lmax, found.architecture.interactions) == (1, 10)
    assert (found.training.epochs, found.training.energy_weight) == (3, 0.05)


def test_equal_settings_are_equal_whether_a_preset_gave_them_or_not():
    by_name = model(architecture="schnet", preset="tiny")
    by_hand = model(architecture={"architecture": "schnet", "features": 8, "interactions": 1})
    assert by_name.architecture.model_dump() == by_hand.architecture.model_dump()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "papr"}, "preset: .*'paper'.*found 'papr'"),
        ({"architecture": "so3nt"}, "expected one of .*Did you mean 'so3net'"),
        ({"architecture": {"architecture": "mace", "featurs": 1}}, "Did you mean 'features'"),
        ({"architecture": {"architecture": "mace", "outputs": ["dipole"]}}, "'mace_dipole'"),
        ({"architecture": {"architecture": "painn", "outputs": ["dipole"]}}, "predicts no energy"),
    ],
)
def test_wrong_settings_say_what_is_right(settings, message):
    with pytest.raises(InputError, match=message):
        model(**settings)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_tiny_networks_are_tiny(architecture):
    recipe = model(architecture=architecture, preset="tiny").architecture
    network = build_network(recipe, seed=0, statistics=TrainingStatistics(elements=(1, 6, 8)))
    assert sum(parameter.numel() for parameter in network.parameters()) < 5000
