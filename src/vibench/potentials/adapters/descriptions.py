"""What a trained model of SchNetPack or mace-torch is made of, in vibench's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from torch import nn

from vibench.core.errors import InputError
from vibench.potentials.representation import LARGEST_NUMBER


@dataclass(slots=True)
class Description:
    """Facts without which the weights of a model cannot be converted, in the units of the model."""

    architecture: dict[str, Any]
    """Settings of the architecture in JSON form."""
    reference_energies: dict[int, float]
    """Atomic number → energy added per atom."""
    charged: bool = False
    """Whether the model takes the total charge."""
    energy_module: int | None = None
    """Place of the energy's readout among SchNetPack's output modules."""
    dipole_module: int | None = None
    """Place of the dipole's."""
    energy_scale: float = 1.0
    """Factor on the energy that is read out."""
    differentiated: bool = False
    """Whether the energy has been differentiated by the output modules seen so far."""
    mean_neighbours: float = 1.0
    """Number by which MACE divides messages."""
    obstacles: list[str] = field(default_factory=list)
    """What cannot be converted, in words."""

    def require(self, *, holds: bool, obstacle: str) -> None:
        """Note an obstacle unless the condition holds."""
        if not holds:
            self.obstacles.append(obstacle)


def describe_schnetpack(network: nn.Module, elements: Sequence[int]) -> Description:
    """Describe a SchNetPack model that knows *elements*.

    Raises
    ------
    InputError
        If something about the model cannot be converted; the message lists everything.
    """
    layers: Any = network.representation
    kinds = {"SchNet": "schnet", "FieldSchNet": "field_schnet", "SO3net": "so3net"}
    kind = (kinds | {"PaiNN": "painn"}).get(_class(layers))
    if kind is None:
        raise InputError(
            f"the representation {_class(layers)} has no counterpart; SchNet, FieldSchNet, SO3net "
            "and PaiNN do"
        )
    basis = layers.radial_basis
    settings: dict[str, Any] = {
        "architecture": kind,
        "features": layers.embedding.embedding_dim,
        "interactions": len(layers.so3convs if kind == "so3net" else layers.interactions),
        "cutoff_angstrom": float(layers.cutoff_fn.cutoff),
        "radial_functions": basis.n_rbf,
    }
    found = Description(settings, {})
    found.require(
        holds=_class(basis) == "GaussianRBF",
        obstacle=f"radial basis {_class(basis)} (GaussianRBF can be converted)",
    )
    found.require(
        holds=_class(layers.cutoff_fn) == "CosineCutoff",
        obstacle=f"cutoff function {_class(layers.cutoff_fn)} (CosineCutoff can be converted)",
    )
    if kind == "so3net":
        settings |= {"lmax": layers.lmax, "float32_constants": True}
    if kind == "painn":
        settings["epsilon"] = float(layers.mixing[0].epsilon)
    _check_layers(found, layers)
    _describe_modules(found, network)
    _describe_offsets(found, network, elements)
    return _without_obstacles(found, "SchNetPack")


def _check_layers(found: Description, layers: Any) -> None:
    kind, features = found.architecture["architecture"], found.architecture["features"]
    filters = getattr(layers, "n_filters", features)
    found.require(holds=filters == features, obstacle=f"{filters} filters for {features} features")
    rows = layers.embedding.num_embeddings
    found.require(
        holds=rows == LARGEST_NUMBER + 1,
        obstacle=f"embedding of {rows} elements (expected {LARGEST_NUMBER + 1})",
    )
    extra = len(getattr(layers, "electronic_embeddings", ()))
    found.require(holds=not extra, obstacle="electronic embeddings of charge or spin")
    if kind == "field_schnet":
        fields = sorted(layers.external_fields)
        found.require(holds=fields == ["electric_field"], obstacle=f"the fields {fields}")
        modifier = layers.electric_field_modifier
        found.require(holds=modifier is None, obstacle="electric_field_modifier")
    if kind != "so3net":
        expected = "silu" if kind == "painn" else "shifted_softplus"
        first = layers.interactions[0]
        module = first.interatomic_context_net[0] if kind == "painn" else first.f2out[0]
        found.require(
            holds=_activation(module.activation) == expected,
            obstacle=f"activation {_name(module.activation)} (the architecture's own: {expected})",
        )


def _describe_modules(found: Description, network: Any) -> None:
    known: dict[str, Callable[[Description, int, Any], None]] = {
        "Atomwise": _atomwise,
        "DipoleMoment": _dipole_moment,
        "ScaleProperty": _scale,
        "Forces": lambda *_: None,
        "Response": _response,
    }
    for place, module in enumerate(network.output_modules):
        if _class(module) in {"Forces", "Response"}:
            found.differentiated = True
        describe = known.get(_class(module))
        if describe is None:
            found.obstacles.append(f"output module {_class(module)}")
        else:
            describe(found, place, module)
    for module in network.input_modules:
        found.require(
            holds=_class(module) in {"PairwiseDistances", "StaticExternalFields"},
            obstacle=f"input module {_class(module)}",
        )
    if found.architecture["architecture"] != "field_schnet":
        places = {"energy": found.energy_module, "dipole": found.dipole_module}
        outputs = [name for name, place in places.items() if place is not None]
        found.architecture["outputs"] = outputs
        found.require(holds=bool(outputs), obstacle="no readout of energies or dipoles")


def _atomwise(found: Description, place: int, module: Any) -> None:
    found.require(
        holds=found.energy_module is None, obstacle="more than one Atomwise among the outputs"
    )
    found.energy_module = place
    found.require(
        holds=module.output_key == "energy",
        obstacle=f"Atomwise of {module.output_key!r} (expected 'energy')",
    )
    found.require(
        holds=module.aggregation_mode == "sum",
        obstacle=f"aggregation {module.aggregation_mode!r} of atomic energies (expected sum)",
    )
    features = found.architecture["features"]
    _check_pyramid(found, module.outnet, [features, features // 2, 1], "energy")


def _dipole_moment(found: Description, place: int, module: Any) -> None:
    found.require(
        holds=found.dipole_module is None, obstacle="more than one DipoleMoment among the outputs"
    )
    found.dipole_module = place
    found.charged = True
    found.require(
        holds=module.dipole_key == "dipole_moment",
        obstacle=f"DipoleMoment of {module.dipole_key!r} (expected 'dipole_moment')",
    )
    found.require(holds=not module.predict_magnitude, obstacle="predict_magnitude of DipoleMoment")
    found.require(holds=module.correct_charges, obstacle="DipoleMoment without correct_charges")
    vectors = found.architecture["architecture"] != "schnet"
    found.require(
        holds=module.use_vector_representation == vectors,
        obstacle=f"DipoleMoment with use_vector_representation = {not vectors}",
    )
    if module.use_vector_representation == vectors:
        features = found.architecture["features"]
        check = _check_gated if vectors else _check_pyramid
        check(found, module.outnet, [features, features // 2, 1], "dipole")


def _check_pyramid(found: Description, readout: Any, sizes: list[int], what: str) -> None:
    widths = [readout[0].in_features, *(layer.out_features for layer in readout)]
    _check_readout(found, widths, sizes, what)
    for layer in list(readout)[:-1]:
        _check_silu(found, layer.activation, what)


def _check_gated(found: Description, readout: Any, sizes: list[int], what: str) -> None:
    widths = [readout[0].n_sin, *(block.n_sout for block in readout)]
    _check_readout(found, widths, sizes, what)
    hidden = [block.n_hidden for block in readout]
    found.require(
        holds=hidden == [block.n_sin for block in readout],
        obstacle=f"readout of the {what} with {hidden} hidden features",
    )
    for block in readout:
        _check_silu(found, block.scalar_net[0].activation, what)


def _check_readout(found: Description, widths: list[int], sizes: list[int], what: str) -> None:
    found.require(
        holds=widths == sizes,
        obstacle=f"readout of the {what} with layers of {widths} features (expected {sizes})",
    )


def _check_silu(found: Description, activation: Any, what: str) -> None:
    found.require(
        holds=_activation(activation) == "silu",
        obstacle=f"activation {_name(activation)} of the readout of the {what} (expected silu)",
    )


def _scale(found: Description, _place: int, module: Any) -> None:
    keys = {module.input_key, module.output_key}
    found.require(
        holds=keys == {"energy"}, obstacle=f"ScaleProperty of {', '.join(sorted(keys))}"
    )
    found.require(
        holds=found.energy_module is not None and not found.differentiated,
        obstacle="ScaleProperty after forces or responses, or before the energy",
    )
    found.energy_scale *= float(module.scale)


def _response(found: Description, _place: int, module: Any) -> None:
    known = {"forces", "dipole_moment", "polarizability"}
    others = sorted(set(module.response_properties) - known)
    found.require(holds=not others, obstacle=f"responses {', '.join(others)}")


def _describe_offsets(found: Description, network: Any, elements: Sequence[int]) -> None:
    """Add up what the postprocessors add to the energy of each element."""
    energies = dict.fromkeys(elements, 0.0)
    for module in network.postprocessors:
        if _class(module) != "AddOffsets":
            found.require(
                holds=_class(module).startswith("CastTo"),
                obstacle=f"postprocessor {_class(module)}",
            )
            continue
        found.require(
            holds=module._property == "energy" and module.is_extensive,  # noqa: SLF001  # it has no public name
            obstacle="AddOffsets of another property than an extensive energy",
        )
        for z in energies:
            energies[z] += float(module.mean) if module.add_mean else 0.0
            energies[z] += float(module.atomref[z]) if module.add_atomrefs else 0.0
    found.reference_energies = energies


def describe_mace(network: nn.Module) -> Description:
    """Describe a mace-torch model.

    Raises
    ------
    InputError
        If something about the model cannot be converted; the message lists everything.
    """
    model: Any = network
    found = Description({}, {})
    _check_mace_blocks(found, model)
    if found.obstacles:  # what follows reads them
        return _without_obstacles(found, "mace-torch")
    kind, first, product = _class(model), model.interactions[0], model.products[0]
    orders = [_correlation(block) for block in model.products]
    found.architecture |= {
        "architecture": "mace_dipole" if kind == "AtomicDipolesMACE" else "mace",
        "features": first.node_feats_irreps.count("0e"),
        "interactions": int(model.num_interactions),
        "cutoff_angstrom": float(model.r_max),
        "edge_lmax": first.edge_attrs_irreps.lmax,
        "correlation": orders[0],
        "radial_functions": len(model.radial_embedding.bessel_fn.bessel_weights),
        "cutoff_power": int(model.radial_embedding.cutoff_fn.p),
        "radial_layers": [int(size) for size in first.conv_tp_weights.hs[1:-1]],
    }
    if len(model.products) > 1:
        found.architecture["lmax"] = product.linear.irreps_out.lmax
    elif kind == "MACE" or kind == "ScaleShiftMACE":
        found.architecture["lmax"] = 0
    found.mean_neighbours = float(first.avg_num_neighbors)
    if kind != "AtomicDipolesMACE":
        dipoles = kind == "EnergyDipolesMACE"
        found.architecture["outputs"] = ["energy", "dipole"] if dipoles else ["energy"]
        plain = _class(first) == _PLAIN
        found.architecture["first_interaction"] = "plain" if plain else "residual"
    hidden = getattr(model.readouts[-1], "hidden_irreps", None)
    if hidden is not None:
        found.architecture["readout_features"] = hidden.count("0e")
    found.require(
        holds=len(set(orders)) == 1,
        obstacle=f"correlation {', '.join(map(str, orders))} in its layers",
    )
    return _without_obstacles(found, "mace-torch")


def _correlation(product: Any) -> int:
    return int(product.symmetric_contractions.contractions[0].correlation)


_PLAIN: Final = "RealAgnosticInteractionBlock"
_RESIDUAL: Final = "RealAgnosticResidualInteractionBlock"
_MACE_BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    "MACE": ("LinearReadoutBlock", "NonLinearReadoutBlock"),
    "ScaleShiftMACE": ("LinearReadoutBlock", "NonLinearReadoutBlock"),
    "AtomicDipolesMACE": ("LinearDipoleReadoutBlock", "NonLinearDipoleReadoutBlock"),
    "EnergyDipolesMACE": ("LinearDipoleReadoutBlock", "NonLinearDipoleReadoutBlock"),
}
"""Class of models → classes of readouts."""
_MACE_OPTIONS: Final = ("use_last_readout_only", "use_agnostic_product", "use_so3", "pair_repulsion")


def _check_mace_blocks(found: Description, model: Any) -> None:
    kind = _class(model)
    if kind not in _MACE_BLOCKS:
        found.obstacles.append(f"model of class {kind}")
        return
    for place, block in enumerate(model.interactions):
        known = {_RESIDUAL} if place else {_RESIDUAL, _PLAIN}
        if not place and "Dipoles" in kind and kind.startswith("Atomic"):
            known = {_PLAIN}
        found.require(holds=_class(block) in known, obstacle=f"interaction {_class(block)}")
    for block in model.products:
        contraction = _class(block.symmetric_contractions)
        found.require(holds=contraction == "SymmetricContraction", obstacle=f"product {contraction}")
    _check_mace_readouts(found, model)
    radial = model.radial_embedding
    basis, transform = _class(radial.bessel_fn), getattr(radial, "distance_transform", None)
    found.require(holds=basis == "BesselBasis", obstacle=f"radial basis {basis}")
    found.require(holds=transform is None, obstacle=f"distance transform {_class(transform)}")
    found.require(holds=getattr(radial, "apply_cutoff", True), obstacle="apply_cutoff = False")
    for option in _MACE_OPTIONS:
        found.require(holds=not getattr(model, option, False), obstacle=f"{option} = True")
    for option in ("edge_irreps", "embedding_specs"):
        value = getattr(model, option, None)
        found.require(holds=value is None, obstacle=f"{option} = {value}")
    heads = list(getattr(model, "heads", ["Default"]))
    found.require(holds=len(heads) == 1, obstacle=f"several heads: {', '.join(map(str, heads))}")


def _check_mace_readouts(found: Description, model: Any) -> None:
    linear, gated = _MACE_BLOCKS[_class(model)]
    for place, block in enumerate(model.readouts):
        last = place > 0 and place == len(model.readouts) - 1
        found.require(
            holds=_class(block) == (gated if last else linear), obstacle=f"readout {_class(block)}"
        )
    kept = str(model.products[-1].linear.irreps_out)
    scalars = _class(model) not in {"MACE", "ScaleShiftMACE"} or "+" not in kept
    found.require(holds=scalars, obstacle=f"last layer that keeps {kept}")
    block = model.readouts[-1]
    if _class(block) in _MACE_BLOCKS["MACE"][1:]:
        for activation in _activations(block.non_linearity):
            _check_silu(found, activation, "energy")
    elif _class(block) == gated:
        for name in ("act_scalars", "act_gates"):
            for activation in _activations(getattr(block.equivariant_nonlin, name)):
                _check_silu(found, activation, "dipole")


def _activations(block: Any) -> list[Any]:
    """Return the functions that a block of e3nn applies, without its normalisation."""
    return [getattr(act, "f", act) for act in getattr(block, "acts", ()) if act is not None]


def _activation(function: Any) -> str:
    """Return the name of a function, the same for function and module."""
    return _name(function).lower()


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", _class(function)))


def _class(thing: Any) -> str:
    return type(thing).__name__


def _without_obstacles(found: Description, code: str) -> Description:
    if found.obstacles:
        raise InputError(
            f"this {code} model cannot be converted: " + "; ".join(found.obstacles) + ". It can be "
            f"used as it is: {'schnetpack' if code == 'SchNetPack' else 'mace'}:PATH"
        )
    return found
