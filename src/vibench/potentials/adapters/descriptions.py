"""What a trained model of SchNetPack is made of, in vibench's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from vibench.core.errors import InputError
from vibench.potentials.recipes import LARGEST_NUMBER


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
    energy_key: str = "energy"
    """What SchNetPack's model calls the energy."""
    dipole_key: str = "dipole_moment"
    """What it calls the dipole."""
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


def schnetpack_elements(network: Any, path: Path) -> list[int]:
    """Return the elements whose energies a SchNetPack model adds up.

    Raises
    ------
    InputError
        If it adds none: then it does not say what it was trained on.
    """
    for module in network.postprocessors:
        if class_name(module) == "AddOffsets" and module.add_atomrefs:
            return [int(z) for z in module.atomref.reshape(-1).nonzero().reshape(-1)]
    raise InputError(
        f"{path}: a SchNetPack model without energies of atoms does not say which elements it was "
        "trained on; say it with --elements, e.g. --elements H,C,O"
    )


def describe_schnetpack(
    network: nn.Module,
    elements: Sequence[int],
    *,
    energy_key: str = "energy",
    dipole_key: str = "dipole_moment",
) -> Description:
    """Describe a SchNetPack model that knows *elements* and has these names for its outputs.

    Raises
    ------
    InputError
        If something about the model cannot be converted; the message lists everything.
    """
    layers: Any = network.representation
    kinds = {"SchNet": "schnet", "FieldSchNet": "field_schnet", "SO3net": "so3net"}
    kind = (kinds | {"PaiNN": "painn"}).get(class_name(layers))
    if kind is None:
        raise InputError(
            f"the representation {class_name(layers)} has no counterpart; SchNet, FieldSchNet, "
            "SO3net and PaiNN do"
        )
    basis = layers.radial_basis
    settings: dict[str, Any] = {
        "architecture": kind,
        "features": layers.embedding.embedding_dim,
        "interactions": len(layers.so3convs if kind == "so3net" else layers.interactions),
        "cutoff_angstrom": float(layers.cutoff_fn.cutoff),
        "radial_functions": basis.n_rbf,
    }
    found = Description(settings, {}, energy_key=energy_key, dipole_key=dipole_key)
    found.require(
        holds=class_name(basis) == "GaussianRBF",
        obstacle=f"radial basis {class_name(basis)} (GaussianRBF can be converted)",
    )
    found.require(
        holds=class_name(layers.cutoff_fn) == "CosineCutoff",
        obstacle=f"cutoff function {class_name(layers.cutoff_fn)} (CosineCutoff can be converted)",
    )
    if kind == "so3net":
        settings |= {"lmax": layers.lmax, "float32_constants": True}
    if kind == "painn":
        settings["epsilon"] = float(layers.mixing[0].epsilon)
    _check_layers(found, layers)
    _describe_modules(found, network)
    _describe_offsets(found, network, elements)
    return without_obstacles(found, "SchNetPack")


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
        if class_name(module) in {"Forces", "Response"}:
            found.differentiated = True
        describe = known.get(class_name(module))
        if describe is None:
            found.obstacles.append(f"output module {class_name(module)}")
        else:
            describe(found, place, module)
    for module in network.input_modules:
        found.require(
            holds=class_name(module) in {"PairwiseDistances", "StaticExternalFields"},
            obstacle=f"input module {class_name(module)}",
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
        holds=module.output_key == found.energy_key,
        obstacle=f"Atomwise of {module.output_key!r} (expected {found.energy_key!r})",
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
        holds=module.dipole_key == found.dipole_key,
        obstacle=f"DipoleMoment of {module.dipole_key!r} (expected {found.dipole_key!r})",
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
        check_silu(found, layer.activation, what)


def _check_gated(found: Description, readout: Any, sizes: list[int], what: str) -> None:
    widths = [readout[0].n_sin, *(block.n_sout for block in readout)]
    _check_readout(found, widths, sizes, what)
    hidden = [block.n_hidden for block in readout]
    found.require(
        holds=hidden == [block.n_sin for block in readout],
        obstacle=f"readout of the {what} with {hidden} hidden features",
    )
    for block in readout:
        check_silu(found, block.scalar_net[0].activation, what)


def _check_readout(found: Description, widths: list[int], sizes: list[int], what: str) -> None:
    found.require(
        holds=widths == sizes,
        obstacle=f"readout of the {what} with layers of {widths} features (expected {sizes})",
    )


def check_silu(found: Description, activation: Any, what: str) -> None:
    """Note any activation but silu as an obstacle."""
    found.require(
        holds=_activation(activation) == "silu",
        obstacle=f"activation {_name(activation)} of the readout of the {what} (expected silu)",
    )


def _scale(found: Description, _place: int, module: Any) -> None:
    keys = {module.input_key, module.output_key}
    found.require(
        holds=keys == {found.energy_key}, obstacle=f"ScaleProperty of {', '.join(sorted(keys))}"
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
        if class_name(module) != "AddOffsets":
            found.require(
                holds=class_name(module).startswith("CastTo"),
                obstacle=f"postprocessor {class_name(module)}",
            )
            continue
        found.require(
            holds=module._property == found.energy_key and module.is_extensive,  # noqa: SLF001  # it has no public name
            obstacle="AddOffsets of another property than an extensive energy",
        )
        for z in energies:
            energies[z] += float(module.mean) if module.add_mean else 0.0
            energies[z] += float(module.atomref.reshape(-1)[z]) if module.add_atomrefs else 0.0
    found.reference_energies = energies


def _activation(function: Any) -> str:
    """Return the name of a function, the same for function and module."""
    return _name(function).lower()


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", class_name(function)))


def class_name(thing: Any) -> str:
    """Return the name of a thing's class."""
    return type(thing).__name__


def without_obstacles(found: Description, code: str) -> Description:
    """Return a description, or refuse a model for all its obstacles at once."""
    if found.obstacles:
        raise InputError(
            f"this {code} model cannot be converted: " + "; ".join(found.obstacles) + ". It can be "
            f"used as it is: {'schnetpack' if code == 'SchNetPack' else 'mace'}:PATH"
        )
    return found
