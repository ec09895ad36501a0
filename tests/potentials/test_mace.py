"""MACE: tables of couplings, symmetries, consistency, known sizes, and conversion of weights."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from ase.build import molecule as g2
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.spatial.transform import Rotation

from vibench.core.errors import InputError
from vibench.core.molecules import concatenate, select, single, with_positions
from vibench.core.streams import generator
from vibench.core.weights import Weights
from vibench.potentials.constants import ExactTable
from vibench.potentials.conversion.mace import native_arrays
from vibench.potentials.geometry import geometry_of
from vibench.potentials.learned import LearnedPotential
from vibench.potentials.network import build_network
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.spherical_harmonics import spherical_harmonics
from vibench.potentials.symmetric_contraction import (
    coupling_coefficients,
    folded_coefficients,
)
from vibench.potentials.symmetric_polynomial import evaluate
from vibench.potentials.training_statistics import TrainingStatistics
from vibench.potentials.wigner import wigner_3j
from vibench.testing.contract import PotentialContract
from vibench.testing.parity import drawn_arrays
from vibench.testing.tolerances import FLOAT32, FLOAT64

ELEMENTS = (1, 6, 8)
SMALL = {"features": 8, "radial_layers": (8, 8), "readout_features": 4}
ROTATION = Rotation.from_rotvec([0.3, -1.1, 0.7]).as_matrix()


def network_of(recipe, seed=0):
    statistics = TrainingStatistics(elements=ELEMENTS, mean_neighbours=6.0, force_rms=1.3)
    return build_network(recipe, seed=seed, statistics=statistics)


def potential(recipe, dtype="float64", seed=0):
    arrays = {name: value.numpy() for name, value in network_of(recipe, seed).state_dict().items()}
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays=arrays,
        reference_energies=dict.fromkeys(ELEMENTS, 0.0),
        level_of_theory="none",
        training_checksum="none",
    )
    return LearnedPotential(weights, name="MACE", dtype=dtype, device="cpu")


def disordered_molecules():
    batch = concatenate(
        [
            single(name, atoms.numbers, atoms.positions, atoms.get_masses())
            for name, atoms in ((name, g2(name)) for name in ("CH3OH", "H2CO", "CH3CH2OH"))
        ]
    )
    jitter = generator("mace").normal(0, 0.05, batch.positions.shape)
    return with_positions(batch, batch.positions + jitter)


def rotations(rotation, l, points=40):
    """Matrices D of degree l with Y(R u) = D Y(u), found from many directions u."""
    directions = generator("directions").normal(size=(points, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    before, after = (
        spherical_harmonics(torch.tensor(vectors), 3).numpy()[:, l * l : (l + 1) ** 2]
        for vectors in (directions, directions @ rotation.T)
    )
    return np.linalg.lstsq(before, after, rcond=None)[0].T


@pytest.mark.parametrize(("l1", "l2"), [(0, 2), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3)])
def test_couplings_of_two_degrees_are_orthogonal_and_complete(l1, l2):
    degrees = range(abs(l1 - l2), l1 + l2 + 1)
    columns = [np.sqrt(2 * l + 1) * wigner_3j(l1, l2, l) for l in degrees]
    basis = np.concatenate(columns, axis=2).reshape(-1, (2 * l1 + 1) * (2 * l2 + 1))
    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-14)


@pytest.mark.parametrize(
    "degrees", [(1, 1, 1), (1, 2, 2), (2, 2, 2), (1, 2, 3), (3, 3, 2), (3, 3, 3)]
)
def test_couplings_are_invariant_under_rotation(degrees):
    matrices = [rotations(ROTATION, l) for l in degrees]
    symbol = wigner_3j(*degrees)
    turned = np.einsum("abc,ia,jb,kc->ijk", symbol, *matrices)
    np.testing.assert_allclose(turned, symbol, atol=1e-13)


def test_coupling_of_vectors_is_their_cross_product():
    levi_civita = np.zeros((3, 3, 3))
    levi_civita[[0, 1, 2], [1, 2, 0], [2, 0, 1]] = 1
    levi_civita[[0, 1, 2], [2, 0, 1], [1, 2, 0]] = -1
    np.testing.assert_allclose(wigner_3j(1, 1, 1), levi_civita / np.sqrt(6), atol=1e-15)
    with pytest.raises(ValueError, match="do not couple"):
        wigner_3j(1, 1, 3)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_spherical_harmonics_are_normalised_and_turn_with_the_direction(seed):
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(1, 3))
    direction /= np.linalg.norm(direction)
    rotation = Rotation.random(rng=rng).as_matrix()
    here, there, opposite = (
        spherical_harmonics(torch.tensor(vector), 3).numpy()[0]
        for vector in (direction, direction @ rotation.T, -direction)
    )
    np.testing.assert_allclose(here[1:4], np.sqrt(3) * direction[0], atol=1e-14)
    for l in range(4):
        part = slice(l * l, (l + 1) ** 2)
        assert np.sum(here[part] ** 2) == pytest.approx(2 * l + 1)
        np.testing.assert_allclose(there[part], rotations(rotation, l) @ here[part], atol=1e-12)
        np.testing.assert_allclose(opposite[part], (-1) ** l * here[part], atol=1e-14)


def test_numbers_of_paths_are_those_of_the_published_implementation():
    paths = {
        degree: [coupling_coefficients(3, order, degree).shape[-1] for order in (1, 2, 3)]
        for degree in (0, 1, 2)
    }
    assert paths == {0: [1, 4, 23], 1: [1, 6, 51], 2: [1, 7, 65]}


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("correlation", [1, 2, 3])
def test_folded_products_are_the_sums_over_all_products(degree, correlation):
    rng = generator("folded", degree, correlation)
    features = rng.normal(size=(2, 9, 3))
    expected, weights = 0.0, []
    for order in range(1, correlation + 1):
        table = coupling_coefficients(2, order, degree)
        weights.append(rng.normal(size=(2, table.shape[-1])))
        names = "pqr"[:order]
        factors = ",".join(f"u{name}a" for name in names)
        expected = expected + np.einsum(
            f"m{names}k,uk,{factors}->uma", table, weights[-1], *[features] * order
        )
    folded = torch.tensor(np.concatenate(weights, axis=1))
    tables = [
        torch.einsum(
            "uk,kca->uca", folded, torch.tensor(folded_coefficients(2, correlation, degree, p))
        )
        for p in (0, 1)
    ]
    parts = [torch.tensor(features[:, [0, *range(4, 9)]]), torch.tensor(features[:, 1:4])]
    (found,) = evaluate(parts, [tables], degrees=[degree], correlation=correlation)
    np.testing.assert_allclose(found, expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("correlation", [1, 2, 3])
def test_derivatives_of_the_products_to_second_order(correlation, trained):
    rng = generator("derivatives", correlation)
    even, odd = (torch.tensor(rng.normal(size=(2, n, 2))).requires_grad_() for n in (1, 3))
    tables = [
        torch.tensor(folded_coefficients(1, correlation, l, p)) for l in (0, 1) for p in (0, 1)
    ]
    weights = [
        torch.tensor(rng.normal(size=(2, len(table)))).requires_grad_(trained)
        for table in tables[::2]
    ]

    def products(even, odd, *weights):
        folded = [
            torch.einsum("uk,kca->uca", weights[i // 2], table) for i, table in enumerate(tables)
        ]
        pairs = [folded[:2], folded[2:]]
        return evaluate((even, odd), pairs, degrees=(0, 1), correlation=correlation)

    assert torch.autograd.gradcheck(products, (even, odd, *weights))
    assert torch.autograd.gradgradcheck(products, (even, odd, *weights))


def test_constants_are_exact_again_after_single_precision():
    table = ExactTable(np.array([1 / 3]))
    assert table.values.dtype == torch.float32
    assert table.double().values.item() == 1 / 3
    assert table.float().double().values.item() == 1 / 3
    assert not table.state_dict()


def test_parameter_counts_are_those_of_the_published_implementation():
    """mace-torch's energies of isolated atoms and scales are no parameters, nor are they here."""
    network = network_of(MACERecipe(outputs=("energy",), features=256))
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_633_232
    assert {name for name, _ in network.named_buffers() if name in network.state_dict()} == {
        "mean_neighbours",
        "energy_scale",
    }


RECIPES = [
    MACERecipe(**SMALL),
    MACERecipe(outputs=("energy",), first_interaction="residual", lmax=2, **SMALL),
    MACERecipe(lmax=2, edge_lmax=2, correlation=2, interactions=3, **SMALL),
    MACERecipe(outputs=("energy",), lmax=0, edge_lmax=1, correlation=1, interactions=1, **SMALL),
    MACEDipoleRecipe(**SMALL),
    MACEDipoleRecipe(last_layer="fixed", **SMALL),
    MACEDipoleRecipe(lmax=1, interactions=3, **SMALL),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=str)
def test_symmetries(recipe):
    model, molecules = potential(recipe), disordered_molecules()
    reference = model(molecules)
    turned = model(with_positions(molecules, molecules.positions @ ROTATION.T + 2.0))
    inverted = model(with_positions(molecules, -molecules.positions))
    alone = model(select(molecules, [1]))
    for name, scale in (("energy", 1), ("forces", -1), ("dipole", -1)):
        expected = getattr(reference, name)
        if expected is None:
            continue
        size = np.abs(expected).max()
        assert size > 1e-3
        rotated = expected if name == "energy" else expected @ ROTATION.T
        np.testing.assert_allclose(getattr(turned, name), rotated, atol=1e-11 * size)
        np.testing.assert_allclose(getattr(inverted, name), scale * expected, atol=1e-11 * size)
        rows = slice(6, 10) if name == "forces" else slice(1, 2)
        np.testing.assert_allclose(getattr(alone, name), expected[rows], atol=1e-11 * size)


def test_order_of_atoms_does_not_matter():
    model, methanol = potential(RECIPES[0]), select(disordered_molecules(), [0])
    order = generator("order").permutation(methanol.n_atoms)
    shuffled = single(
        "shuffled", methanol.numbers[order], methanol.positions[order], methanol.masses[order]
    )
    expected, found = model(methanol), model(shuffled)
    np.testing.assert_allclose(found.energy, expected.energy, atol=1e-11)
    np.testing.assert_allclose(found.forces, expected.forces[order], atol=1e-11)
    np.testing.assert_allclose(found.dipole, expected.dipole, atol=1e-11)


class TestContractDouble(PotentialContract):
    tolerances = FLOAT64

    def potential(self):
        return potential(RECIPES[0])

    def molecules(self):
        return disordered_molecules()


class TestContractSingle(TestContractDouble):
    tolerances = FLOAT32

    def potential(self):
        return potential(RECIPES[0], dtype="float32")


def test_a_lone_atom_has_no_forces_and_no_dipole():
    model = potential(RECIPES[0])
    atom = single("H", [1], [[0.0, 0.0, 0.0]], [1.008])
    pair = concatenate([atom, select(disordered_molecules(), [0])])
    for molecules in (atom, pair):
        found = model(molecules)
        np.testing.assert_array_equal(found.forces[0], 0)
        np.testing.assert_array_equal(found.dipole[0], 0)


def test_last_layer_of_the_dipole_model():
    """The faithful model has no second layer; the fixed one has, and it counts."""
    faithful = network_of(MACEDipoleRecipe())
    fixed = network_of(MACEDipoleRecipe(last_layer="fixed"))
    assert len(faithful.layers) == 1
    assert list(faithful.layers[0].products.degree) == ["1"]
    assert len(fixed.layers) == 2
    model = potential(MACEDipoleRecipe(last_layer="fixed", **SMALL))
    before = model(disordered_molecules()).dipole
    model.network.readouts[1].weight.zero_()
    assert np.abs(model(disordered_molecules()).dipole - before).max() > 1e-5


def test_changed_weights_are_noticed():
    model, molecules = potential(RECIPES[0]), select(disordered_molecules(), [0])
    before = model(molecules).energy
    model.network.layers[0].products.degree["0"].order["3"].mul_(2.0)
    assert abs(model(molecules).energy - before)[0] > 1e-6


def test_training_reaches_every_weight():
    for recipe in RECIPES:
        network = network_of(recipe).double()
        place = {"dtype": torch.float64, "device": torch.device("cpu")}
        geometry = geometry_of(disordered_molecules(), cutoff_angstrom=5.0, **place)
        geometry.positions.requires_grad_()
        found = network(geometry)
        loss = sum((value**2).sum() for value in (found.energy, found.dipole) if value is not None)
        if found.energy is not None:
            (slope,) = torch.autograd.grad(
                found.energy.sum(), geometry.positions, create_graph=True
            )
            loss = loss + (slope**2).sum()
        loss.backward()
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            if parameter.numel():
                assert parameter.grad.abs().max() > 0, name


def test_dipoles_need_vectors():
    with pytest.raises(ValidationError, match="lmax = 0 leaves no vectors"):
        MACERecipe(lmax=0)


def upstream_names(recipe):
    """Names and shapes of the weights of mace-torch's ScaleShiftMACE with two layers."""
    f, e, h = recipe.features, len(ELEMENTS), recipe.readout_features
    shapes = {
        "node_embedding.linear.weight": (e * f,),
        "products.0.linear.weight": (2 * f * f,),
        "products.1.linear.weight": (f * f,),
        "readouts.0.linear.weight": (f,),
        "readouts.1.linear_1.weight": (f * h,),
        "readouts.1.linear_2.weight": (h,),
    }
    for layer, (degrees, paths, skip) in enumerate([(1, 4, 4), (2, 10, 1)]):
        sizes = [recipe.radial_functions, *recipe.radial_layers, paths * f]
        prefix = f"interactions.{layer}"
        shapes[f"{prefix}.linear_up.weight"] = (degrees * f * f,)
        shapes[f"{prefix}.linear.weight"] = (paths * f * f,)
        shapes[f"{prefix}.skip_tp.weight"] = (skip * f * e * f,)
        for number, size in enumerate(pairwise(sizes)):
            shapes[f"{prefix}.conv_tp_weights.layer{number}.weight"] = size
        for degree, counts in enumerate([(23, 4, 1), (51, 6, 1)][: 2 - layer]):
            contraction = f"products.{layer}.symmetric_contractions.contractions.{degree}"
            for name, count in zip(("weights_max", "weights.0", "weights.1"), counts, strict=True):
                shapes[f"{contraction}.{name}"] = (e, count, f)
    return shapes


def upstream_state(recipe):
    state = drawn_arrays(upstream_names(recipe), seed=1)
    for layer, degree in ((0, 0), (0, 1), (1, 0)):
        for order in (1, 2, 3):
            name = f"products.{layer}.symmetric_contractions.contractions.{degree}.U_matrix_{order}"
            table = coupling_coefficients(3, order, degree)
            state[name] = table[0] if degree == 0 else table
    return state | {
        "r_max": np.array(5.0),
        "num_interactions": np.array(2),
        "radial_embedding.cutoff_fn.p": np.array(5),
        "radial_embedding.bessel_fn.bessel_weights": np.pi / 5 * np.arange(1, 9),
        "scale_shift.scale": np.array([1.5]),
        "interactions.0.linear.bias": np.zeros(0),
        "products.0.linear.output_mask": np.ones(32),
    }


def test_conversion_fills_the_network():
    recipe = MACERecipe(outputs=("energy",), **SMALL)
    state = upstream_state(recipe)
    arrays = native_arrays(state, recipe, mean_neighbours=6.5)
    network = network_of(recipe)
    network.load_state_dict({name: torch.tensor(value) for name, value in arrays.items()})
    assert network.energy_scale == 1.5
    assert network.mean_neighbours == 6.5
    first = state["interactions.1.skip_tp.weight"].reshape(8, 3, 8)
    np.testing.assert_array_equal(arrays["layers.1.by_element.weight"][0], first)


def test_conversion_between_bases_of_products():
    """Weights that belong to a smaller set of paths are expressed in the full one."""
    recipe = MACERecipe(outputs=("energy",), **SMALL)
    state = upstream_state(recipe)
    prefix = "products.1.symmetric_contractions.contractions.0."
    mixed = generator("mixed").normal(size=(23, 12))
    state[prefix + "U_matrix_3"] = state[prefix + "U_matrix_3"] @ mixed
    state[prefix + "weights_max"] = state[prefix + "weights_max"][:, :12]
    arrays = native_arrays(state, recipe, mean_neighbours=6.5)
    found = arrays["layers.1.products.degree.0.order.3"]
    x = generator("factors").normal(size=16)
    ours = np.einsum("abck,zku,a,b,c->zu", coupling_coefficients(3, 3, 0)[0], found, x, x, x)
    theirs = np.einsum(
        "abck,zku,a,b,c->zu", state[prefix + "U_matrix_3"], state[prefix + "weights_max"], x, x, x
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interactions.0.linear.weight": None}, "has no weights 'interactions.0.linear.weight'"),
        ({"pair_repulsion_fn.a_exp": np.ones(1)}, "'pair_repulsion_fn.a_exp' .* has no place"),
        ({"readouts.0.linear.weight": np.ones(9)}, "has shape"),
        ({"scale_shift.scale": np.ones(2)}, "several heads"),
        ({"r_max": np.array(6.0)}, "'r_max' .* expected 5.0"),
    ],
)
def test_conversion_complains_about_what_it_cannot_place(change, message):
    recipe = MACERecipe(outputs=("energy",), **SMALL)
    state = {k: v for k, v in (upstream_state(recipe) | change).items() if v is not None}
    with pytest.raises(InputError, match=message):
        native_arrays(state, recipe, mean_neighbours=6.5)


def test_conversion_of_the_fixed_dipole_model_is_refused():
    with pytest.raises(InputError, match="faithful"):
        native_arrays({}, MACEDipoleRecipe(last_layer="fixed"), mean_neighbours=1.0)
