"""Weights of mace-torch (0.3.8 to 0.3.16) as weights of vibench's MACE.

Names of mace-torch → names of vibench; t counts layers, and shapes become those on the right,
with E elements, F channels, n radial functions and H hidden features of the last readout:

=========================================  ======================================================
``node_embedding.linear.weight``           ``embedding`` (E, F)
``interactions.t.linear_up.weight``        ``layers.t.messages.send.weight`` (degrees, F, F)
``interactions.t.conv_tp_weights.          ``layers.t.messages.radial.weights.k`` (in, out)
layerk.weight``
``interactions.t.linear.weight``           ``layers.t.messages.mix`` (paths, F, F)
``interactions.t.skip_tp.weight``          ``layers.t.by_element.weight`` (degrees, F, E, F)
``products.t.symmetric_contractions.       ``layers.t.products.degree.l.order.1`` …, the highest
contractions.l.weights.1``, ``.weights.0``  order being ``weights_max`` (E, paths, F)
and ``.weights_max`` (correlation 3)
``products.t.linear.weight``               ``layers.t.update.weight`` (degrees, F, F)
``readouts.t.linear.weight``               ``readouts.t.weight`` (outputs, F)
``readouts.t.linear_1.weight``             ``readouts.t.scalars`` (F, H) or (F, 2H), then
                                           ``readouts.t.vectors`` (F, H) of models with dipoles
``readouts.t.linear_2.weight``             ``readouts.t.weight`` (outputs, H)
``scale_shift.scale``                      ``energy_scale`` (); 1 where there is none
=========================================  ======================================================

``mean_neighbours`` is not among mace-torch's weights; it is an attribute of its interactions. The
energies of isolated atoms and ``scale_shift.shift`` become reference energies (see
`reference_energies`). Weights that cannot influence what is read out are dropped: everything of the
last layer of a faithful `MACEDipole`, and all degrees of a last layer but those read out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.potentials.mace_plan import MACEPlan, plan
from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe
from vibench.potentials.symmetric_contraction import coupling_coefficients, symmetrised

_NOT_WEIGHTS: Final = re.compile(
    r"atomic_numbers|r_max|num_interactions|radial_embedding\..*|atomic_energies_fn\..*"
    r"|scale_shift\..*|.*\.output_mask|.*\._w3j_\w+|.*\.U_matrix_\d|.*\.weights_\w+_zeroed"
)
"""Names of constants, which vibench has itself."""


def native_arrays(
    upstream: Mapping[str, Array], recipe: MACERecipe | MACEDipoleRecipe, *, mean_neighbours: float
) -> dict[str, Array]:
    """Return the weights of vibench's network for those of a mace-torch model.

    Parameters
    ----------
    upstream
        The model's ``state_dict()``, as NumPy arrays: ScaleShiftMACE, EnergyDipolesMACE or
        AtomicDipolesMACE.
    recipe
        Size of the model.
    mean_neighbours
        Its ``avg_num_neighbors``.

    Raises
    ------
    InputError
        If a weight is missing, has another size, or has no place in the network; or if the model
        has several heads, another cutoff or other radial functions than the recipe says.
    """
    if isinstance(recipe, MACEDipoleRecipe) and recipe.last_layer == "fixed":
        raise InputError(
            "mace-torch has no dipole model whose last layer works; "
            "convert with last_layer = 'faithful'"
        )
    source = _Source(upstream, recipe)
    _check_radial(source, recipe)
    native, original = plan(recipe), _upstream_plan(recipe)
    features = recipe.features
    found = {
        "embedding": source.take("node_embedding.linear.weight", (-1, features)),
        "mean_neighbours": np.array(mean_neighbours),
    }
    if isinstance(recipe, MACERecipe):
        found["energy_scale"] = np.array(source.single("scale_shift.scale", default=1.0))
    for layer in range(len(native.degrees)):
        found |= _layer(source, recipe, layer, native, original)
        linear = not native.gated or layer < len(native.degrees) - 1
        found |= _linear_readout(source, layer) if linear else _gated_readout(source, layer, native)
    source.check_all_used(layers=len(native.degrees))
    return found


def reference_energies(upstream: Mapping[str, Array]) -> dict[int, float]:
    """Return atomic number → energy in eV that a mace-torch model adds for each atom.

    This is the energy of the isolated atom and the shift of the atomic energies together.

    Raises
    ------
    InputError
        If the model has several heads.
    """
    source = _Source(upstream, MACERecipe())
    numbers = [int(z) for z in source.get("atomic_numbers")]
    energies = np.asarray(source.get("atomic_energies_fn.atomic_energies"), dtype=np.float64)
    if energies.size != len(numbers):
        raise _several_heads("atomic_energies_fn.atomic_energies", energies)
    shifted = energies.reshape(-1) + source.single("scale_shift.shift", default=0.0)
    return dict(zip(numbers, shifted.tolist(), strict=True))


class _Source:
    """Weights of mace-torch, and which of them have been used."""

    def __init__(
        self, upstream: Mapping[str, Array], recipe: MACERecipe | MACEDipoleRecipe
    ) -> None:
        self.upstream = upstream
        self.recipe = recipe
        self.used: set[str] = set()

    def get(self, name: str) -> Array:
        """Return an array as it is."""
        if name not in self.upstream:
            raise InputError(
                f"the mace-torch model has no weights {name!r}, which a model with these settings "
                f"has: {self.recipe}"
            )
        self.used.add(name)
        return np.asarray(self.upstream[name])

    def take(self, name: str, shape: Sequence[int]) -> Array:
        """Return an array in another shape."""
        array = self.get(name)
        try:
            return array.reshape(shape)
        except ValueError as error:
            raise InputError(
                f"{name!r} of the mace-torch model has shape {array.shape}, expected one of "
                f"{tuple(shape)} numbers; its settings are others than {self.recipe}"
            ) from error

    def single(self, name: str, *, default: float) -> float:
        """Return a number."""
        if name not in self.upstream:
            return default
        array = self.get(name)
        if array.size != 1:
            raise _several_heads(name, array)
        return float(array.reshape(()))

    def check_all_used(self, *, layers: int) -> None:
        """Refuse weights that have no place."""
        dropped = re.compile(r"(?:interactions|products|readouts)\.(\d+)\.")
        for name in self.upstream.keys() - self.used:
            layer = dropped.match(name)
            dead = layer is not None and layers <= int(layer[1]) < self.recipe.interactions
            if not (dead or _NOT_WEIGHTS.fullmatch(name) or np.size(self.upstream[name]) == 0):
                raise InputError(
                    f"{name!r} of the mace-torch model has no place in a network with these "
                    f"settings: {self.recipe}"
                )


def _several_heads(name: str, array: Array) -> InputError:
    return InputError(
        f"{name!r} of the mace-torch model has shape {array.shape}: models with several heads "
        "cannot be converted; select one head in mace-torch first (mace_select_head)"
    )


def _check_radial(source: _Source, recipe: MACERecipe | MACEDipoleRecipe) -> None:
    orders = np.arange(1, recipe.radial_functions + 1)
    expected = {
        "r_max": np.array(recipe.cutoff_angstrom),
        "radial_embedding.cutoff_fn.p": np.array(recipe.cutoff_power),
        "radial_embedding.bessel_fn.bessel_weights": np.pi / recipe.cutoff_angstrom * orders,
        "num_interactions": np.array(recipe.interactions),
    }
    for name, value in expected.items():
        array = source.get(name)
        if array.shape != value.shape or not np.allclose(array, value, rtol=1e-5):
            raise InputError(
                f"{name!r} of the mace-torch model is {array}, expected {value} from its settings: "
                f"{recipe}"
            )


def _upstream_plan(recipe: MACERecipe | MACEDipoleRecipe) -> MACEPlan:
    """Return what the layers of the mace-torch model make, used or not."""
    native, hidden = plan(recipe), tuple(range(recipe.lmax + 1))
    energy_only = native.outputs == (0,)
    last = hidden if recipe.interactions == 1 and not energy_only else native.outputs
    degrees = (*(hidden,) * (recipe.interactions - 1), last)
    return MACEPlan(native.outputs, degrees, residual=native.residual, gated=native.gated)


def _layer(
    source: _Source,
    recipe: MACERecipe | MACEDipoleRecipe,
    layer: int,
    native: MACEPlan,
    original: MACEPlan,
) -> dict[str, Array]:
    f, inputs = recipe.features, native.inputs(layer)
    before, there, here = f"interactions.{layer}", f"products.{layer}", f"layers.{layer}"
    made, wanted = original.degrees[layer], native.degrees[layer]
    if native.is_residual(layer):
        mixed, kept = [l for l in inputs if l in made], [l for l in inputs if l in wanted]
    else:
        mixed = kept = list(range(recipe.edge_lmax + 1))
    up = source.take(f"{before}.linear_up.weight", (len(inputs), f, f))
    by_element = source.take(f"{before}.skip_tp.weight", (len(mixed), f, -1, f))
    update = source.take(f"{there}.linear.weight", (len(made), f, f))
    found = {
        f"{here}.messages.send.weight": up,
        f"{here}.messages.mix": source.take(f"{before}.linear.weight", (-1, f, f)),
        f"{here}.by_element.weight": by_element[[mixed.index(l) for l in kept]],
        f"{here}.update.weight": update[[made.index(l) for l in wanted]],
    }
    for number in range(len(recipe.radial_layers) + 1):
        weight = source.get(f"{before}.conv_tp_weights.layer{number}.weight")
        found[f"{here}.messages.radial.weights.{number}"] = weight
    for place, degree in enumerate(made):
        contraction = f"{there}.symmetric_contractions.contractions.{place}"
        for order in range(1, recipe.correlation + 1):
            weights = _coupling_weights(source, recipe, contraction, order=order, degree=degree)
            if degree in wanted:
                found[f"{here}.products.degree.{degree}.order.{order}"] = weights
    return found


def _coupling_weights(
    source: _Source,
    recipe: MACERecipe | MACEDipoleRecipe,
    contraction: str,
    *,
    order: int,
    degree: int,
) -> Array:
    """Return (elements, paths, channels) weights of products of one order and degree.

    They belong to the paths that the model was made with, which come with it. Models made with
    cuequivariance have fewer of them; as both kinds span the same symmetric products, the weights
    can be expressed in the other.
    """
    lower = recipe.correlation - order - 1
    name = "weights_max" if lower < 0 else f"weights.{lower}"
    weights = source.get(f"{contraction}.{name}")
    paths = coupling_coefficients(recipe.edge_lmax, order, degree)
    theirs = source.get(f"{contraction}.U_matrix_{order}")
    theirs = source.take(f"{contraction}.U_matrix_{order}", (*paths.shape[:-1], theirs.shape[-1]))
    if theirs.shape == paths.shape and np.allclose(theirs, paths, atol=1e-5):
        return weights
    rows = math.prod(paths.shape[:-1])
    ours, theirs = (symmetrised(table).reshape(rows, table.shape[-1]) for table in (paths, theirs))
    change = np.linalg.pinv(ours) @ theirs
    if not np.allclose(ours @ change, theirs, atol=1e-5):
        raise InputError(
            f"'{contraction}.U_matrix_{order}' of the mace-torch model spans other products than "
            "MACE's; the model was made with components in another order or of another kind"
        )
    changed: Array = np.einsum("kp,zpu->zku", change, weights)
    return changed


def _linear_readout(source: _Source, layer: int) -> dict[str, Array]:
    shape = (-1, source.recipe.features)
    return {f"readouts.{layer}.weight": source.take(f"readouts.{layer}.linear.weight", shape)}


def _gated_readout(source: _Source, layer: int, native: MACEPlan) -> dict[str, Array]:
    features, hidden = source.recipe.features, source.recipe.readout_features
    outputs = len(native.outputs)
    columns = [outputs * hidden, *[hidden] * (1 in native.outputs)]
    first = source.take(f"readouts.{layer}.linear_1.weight", (features * sum(columns),))
    parts = np.split(first, np.cumsum([features * count for count in columns])[:-1])
    names = ("scalars", "vectors")
    found = {
        f"readouts.{layer}.{name}": part.reshape(features, count)
        for name, part, count in zip(names, parts, columns, strict=False)
    }
    second = source.take(f"readouts.{layer}.linear_2.weight", (outputs, hidden))
    return found | {f"readouts.{layer}.weight": second}
