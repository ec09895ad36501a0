"""What a trained model of SchNetPack or mace-torch is made of, in vibench's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from torch.nn.functional import silu

from vibench.core.errors import InputError


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
    expected = {"schnet": "shifted_softplus", "field_schnet": "shifted_softplus", "painn": "silu"}
    if kind in expected:
        _check_activation(found, layers, expected[kind])
    _describe_modules(found, network)
    _describe_offsets(found, network, elements)
    return _without_obstacles(found, "SchNetPack")


def _check_activation(found: Description, layers: Any, expected: str) -> None:
    first = layers.interactions[0]
    module = first.interatomic_context_net[0] if expected == "silu" else first.f2out[0]
    name = getattr(module.activation, "__name__", _class(module.activation))
    found.require(
        holds=name.lower() == expected,
        obstacle=f"activation {name} (the architecture's own is {expected})",
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
        holds=module.aggregation_mode == "sum",
        obstacle=f"aggregation {module.aggregation_mode!r} of atomic energies (expected sum)",
    )
    features = found.architecture["features"]
    _check_pyramid(found, module.outnet, [features, features // 2, 1], "energy")


def _dipole_moment(found: Description, place: int, module: Any) -> None:
    found.dipole_module = place
    found.charged = True
    found.require(holds=not module.predict_magnitude, obstacle="predict_magnitude of DipoleMoment")
    found.require(holds=module.correct_charges, obstacle="DipoleMoment without correct_charges")
    vectors = found.architecture["architecture"] != "schnet"
    found.require(
        holds=module.use_vector_representation == vectors,
        obstacle=f"DipoleMoment with use_vector_representation = {not vectors}",
    )
    if not vectors:
        features = found.architecture["features"]
        _check_pyramid(found, module.outnet, [features, features // 2, 1], "dipole")


def _check_pyramid(found: Description, readout: Any, sizes: list[int], what: str) -> None:
    widths = [readout[0].in_features, *(layer.out_features for layer in readout)]
    found.require(
        holds=widths == sizes,
        obstacle=f"readout of the {what} with layers of {widths} features (expected {sizes})",
    )
    activation = readout[0].activation
    found.require(
        holds=activation is silu or _class(activation) == "SiLU",
        obstacle=f"activation {activation} of the readout of the {what} (expected silu)",
    )


def _scale(found: Description, _place: int, module: Any) -> None:
    key = getattr(module, "output_key", "energy")
    found.require(holds=key == "energy", obstacle=f"ScaleProperty of {key!r}")
    found.energy_scale *= abs(float(module.scale))


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
    kind = _class(model)
    first, last = model.interactions[0], model.readouts[-1]
    product = model.products[0]
    settings: dict[str, Any] = {
        "architecture": "mace_dipole" if kind == "AtomicDipolesMACE" else "mace",
        "features": first.node_feats_irreps.count("0e"),
        "interactions": int(model.num_interactions),
        "cutoff_angstrom": float(model.r_max),
        "lmax": product.linear.irreps_out.lmax if len(model.products) > 1 else 1,
        "edge_lmax": first.edge_attrs_irreps.lmax,
        "correlation": product.symmetric_contractions.contractions[0].correlation,
        "radial_functions": len(model.radial_embedding.bessel_fn.bessel_weights),
        "cutoff_power": int(model.radial_embedding.cutoff_fn.p),
        "radial_layers": [int(size) for size in first.conv_tp_weights.hs[1:-1]],
    }
    found = Description(settings, {}, mean_neighbours=float(first.avg_num_neighbors))
    if hasattr(last, "hidden_irreps"):
        settings["readout_features"] = last.hidden_irreps.count("0e")
    outputs = {"MACE": ["energy"], "ScaleShiftMACE": ["energy"]}
    outputs["EnergyDipolesMACE"] = ["energy", "dipole"]
    if kind in outputs:
        settings["outputs"] = outputs[kind]
    elif kind != "AtomicDipolesMACE":
        found.obstacles.append(f"model of class {kind}")
    _check_mace_blocks(found, model)
    return _without_obstacles(found, "mace-torch")


def _check_mace_blocks(found: Description, model: Any) -> None:
    residual = "RealAgnosticResidualInteractionBlock"
    names = [_class(block) for block in model.interactions]
    first = {"RealAgnosticInteractionBlock": "plain", residual: "residual"}
    if found.architecture["architecture"] == "mace":
        found.architecture["first_interaction"] = first.get(names[0], "plain")
        found.require(holds=names[0] in first, obstacle=f"first interaction {names[0]}")
    for name in names[1:]:
        found.require(holds=name == residual, obstacle=f"interaction {name}")
    found.require(
        holds=_class(model.radial_embedding.bessel_fn) == "BesselBasis",
        obstacle=f"radial basis {_class(model.radial_embedding.bessel_fn)}",
    )
    transform = getattr(model.radial_embedding, "distance_transform", None)
    found.require(holds=transform is None, obstacle=f"distance transform {_class(transform)}")
    repulsion = getattr(model, "pair_repulsion", False)
    found.require(holds=not repulsion, obstacle="pair repulsion")
    heads = list(getattr(model, "heads", ["Default"]))
    found.require(holds=len(heads) == 1, obstacle=f"several heads: {', '.join(map(str, heads))}")


def _class(thing: Any) -> str:
    return type(thing).__name__


def _without_obstacles(found: Description, code: str) -> Description:
    if found.obstacles:
        raise InputError(
            f"this {code} model cannot be converted: " + "; ".join(found.obstacles) + ". It can be "
            f"used as it is: {'schnetpack' if code == 'SchNetPack' else 'mace'}:PATH"
        )
    return found
