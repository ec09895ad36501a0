"""What a trained model of mace-torch is made of, in vibench's words."""

from collections.abc import Mapping
from typing import Any, Final

from torch import nn

from vibench.potentials.adapters.descriptions import (
    Description,
    check_silu,
    class_name,
    without_obstacles,
)

_PLAIN: Final = "RealAgnosticInteractionBlock"
_RESIDUAL: Final = "RealAgnosticResidualInteractionBlock"
_MACE_BLOCKS: Final[Mapping[str, tuple[str, ...]]] = {
    "MACE": ("LinearReadoutBlock", "NonLinearReadoutBlock"),
    "ScaleShiftMACE": ("LinearReadoutBlock", "NonLinearReadoutBlock"),
    "AtomicDipolesMACE": ("LinearDipoleReadoutBlock", "NonLinearDipoleReadoutBlock"),
    "EnergyDipolesMACE": ("LinearDipoleReadoutBlock", "NonLinearDipoleReadoutBlock"),
}
"""Class of models → classes of readouts."""
_MACE_OPTIONS: Final = (
    "use_last_readout_only",
    "use_agnostic_product",
    "use_so3",
    "pair_repulsion",
)


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
        return without_obstacles(found, "mace-torch")
    kind, first, product = class_name(model), model.interactions[0], model.products[0]
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
    elif kind in {"MACE", "ScaleShiftMACE"}:
        found.architecture["lmax"] = 0
    found.mean_neighbours = float(first.avg_num_neighbors)
    if kind != "AtomicDipolesMACE":
        dipoles = kind == "EnergyDipolesMACE"
        found.architecture["outputs"] = ["energy", "dipole"] if dipoles else ["energy"]
        plain = class_name(first) == _PLAIN
        found.architecture["first_interaction"] = "plain" if plain else "residual"
    hidden = getattr(model.readouts[-1], "hidden_irreps", None)
    if hidden is not None:
        found.architecture["readout_features"] = hidden.count("0e")
    found.require(
        holds=len(set(orders)) == 1,
        obstacle=f"correlation {', '.join(map(str, orders))} in its layers",
    )
    return without_obstacles(found, "mace-torch")


def _correlation(product: Any) -> int:
    return int(product.symmetric_contractions.contractions[0].correlation)


def _check_mace_blocks(found: Description, model: Any) -> None:
    kind = class_name(model)
    if kind not in _MACE_BLOCKS:
        found.obstacles.append(f"model of class {kind}")
        return
    for place, block in enumerate(model.interactions):
        known = {_RESIDUAL} if place else {_RESIDUAL, _PLAIN}
        if kind == "AtomicDipolesMACE" and not place:
            known = {_PLAIN}
        found.require(holds=class_name(block) in known, obstacle=f"interaction {class_name(block)}")
    for block in model.products:
        contraction = class_name(block.symmetric_contractions)
        found.require(
            holds=contraction == "SymmetricContraction", obstacle=f"product {contraction}"
        )
    _check_mace_readouts(found, model)
    radial = model.radial_embedding
    basis, transform = class_name(radial.bessel_fn), getattr(radial, "distance_transform", None)
    found.require(holds=basis == "BesselBasis", obstacle=f"radial basis {basis}")
    found.require(holds=transform is None, obstacle=f"distance transform {class_name(transform)}")
    found.require(holds=getattr(radial, "apply_cutoff", True), obstacle="apply_cutoff = False")
    for option in _MACE_OPTIONS:
        found.require(holds=not getattr(model, option, False), obstacle=f"{option} = True")
    for option in ("edge_irreps", "embedding_specs"):
        value = getattr(model, option, None)
        found.require(holds=value is None, obstacle=f"{option} = {value}")
    heads = list(getattr(model, "heads", ["Default"]))
    found.require(holds=len(heads) == 1, obstacle=f"several heads: {', '.join(map(str, heads))}")


def _check_mace_readouts(found: Description, model: Any) -> None:
    linear, gated = _MACE_BLOCKS[class_name(model)]
    for place, block in enumerate(model.readouts):
        last = place > 0 and place == len(model.readouts) - 1
        found.require(
            holds=class_name(block) == (gated if last else linear),
            obstacle=f"readout {class_name(block)}",
        )
    kept = str(model.products[-1].linear.irreps_out)
    if gated == "NonLinearReadoutBlock":
        found.require(holds="+" not in kept, obstacle=f"last layer that keeps {kept}")
    block = model.readouts[-1]
    if (
        class_name(block) == gated and class_name(model) != "AtomicDipolesMACE"
    ):  # its last layer is dead
        for activation in _mace_activations(block):
            check_silu(found, activation, "last layer")


def _mace_activations(readout: Any) -> list[Any]:
    """Return the functions of a readout: in blocks of e3nn, or of mace-torch since 0.3.15."""
    blocks = [getattr(readout, "non_linearity", None)]
    gates = getattr(readout, "equivariant_nonlin", None)
    blocks += [getattr(gates, name, None) for name in ("act_scalars", "act_gates")]
    inside = [act for block in blocks for act in getattr(block, "acts", ())]
    inside += [getattr(gates, n) for n in ("_act_scalar", "_act_gate") if hasattr(gates, n)]
    return [getattr(act, "f", act) for act in inside]
