"""Conversion of SchNetPack's weights: names, what is dropped, and what is refused."""

import numpy as np
import pytest
import torch

from tests.potentials.schnetpack_state import FIELD_SCHNET, PAINN, SCHNET, F, state
from vibench.core.errors import InputError
from vibench.potentials.conversion.schnetpack import native_arrays
from vibench.potentials.network import build_network

PLACES = {"schnet": 2, "field_schnet": None, "painn": 2}
RECIPES = {"schnet": SCHNET, "field_schnet": FIELD_SCHNET, "painn": PAINN}


def converted(kind, upstream=None):
    upstream = state(kind) if upstream is None else upstream
    return native_arrays(upstream, RECIPES[kind], dipole_module=PLACES[kind])


@pytest.mark.parametrize("kind", RECIPES)
def test_names_and_shapes_are_those_of_the_network(kind):
    network = build_network(RECIPES[kind], seed=0).double()
    network.load_state_dict({n: torch.tensor(v) for n, v in converted(kind).items()})


@pytest.mark.parametrize("kind", RECIPES)
def test_no_weight_is_lost_or_used_twice(kind):
    upstream = state(kind)
    weights = {n: v for n, v in upstream.items() if not n.startswith(("postpro",))}
    tables = ("radial_basis.offsets", "radial_basis.widths", "cutoff_fn.cutoff")
    dead = "representation.dipole_update.1.transform.electric_field.weight"
    expected = {n: v for n, v in weights.items() if not n.endswith(tables) and n != dead}
    ends = sorted(float(v.sum()) for v in converted(kind, upstream).values())
    assert ends == sorted(float(v.sum()) for v in expected.values())


def test_filters_that_layers_share_are_repeated():
    upstream = state("painn", shared_filters=True)
    found = converted("painn", upstream)["representation.filters.weight"]
    assert len(found) == 2 * 3 * F
    for half in np.split(found, 2):
        np.testing.assert_array_equal(half, upstream["representation.filter_net.weight"])


def test_a_factor_on_the_energy_is_no_weight():
    upstream = state("schnet") | {"output_modules.1.scale": np.array([2.0])}
    assert converted("schnet", upstream).keys() == converted("schnet").keys()


@pytest.mark.parametrize(
    "name", ["representation.electronic_embeddings.0.weight", "output_modules.3.outnet.0.weight"]
)
def test_a_weight_without_a_place_is_named(name):
    with pytest.raises(InputError, match=f"'{name}' of the SchNetPack model has no place"):
        converted("schnet", state("schnet") | {name: np.ones(3)})


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("representation.radial_basis.offsets", lambda values: values + 0.01),
        ("representation.radial_basis.widths", lambda values: 2 * values),
        ("representation.radial_basis.widths", lambda values: values[:3]),
        ("representation.cutoff_fn.cutoff", lambda values: values + 1),
    ],
)
def test_other_radial_functions_are_refused(name, change):
    upstream = state("schnet")
    upstream[name] = change(upstream[name])
    with pytest.raises(InputError, match=f"'{name}' of the SchNetPack model is"):
        converted("schnet", upstream)
