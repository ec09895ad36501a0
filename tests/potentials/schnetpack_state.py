"""Weights of small models under SchNetPack's names, without SchNetPack."""

import numpy as np

from vibench.potentials.recipes import FieldSchNetRecipe, PaiNNRecipe, SchNetRecipe
from vibench.testing.parity import drawn_arrays

F, GAUSSIANS, CUTOFF = 4, 5, 3.0
SIZE = {
    "features": F,
    "interactions": 2,
    "radial_functions": GAUSSIANS,
    "cutoff_angstrom": CUTOFF,
}
SCHNET = SchNetRecipe(**SIZE)
FIELD_SCHNET = FieldSchNetRecipe(**SIZE)
PAINN = PaiNNRecipe(**SIZE)


def dense(name, outputs, inputs, *, bias=True):
    """Shapes of an affine map."""
    return {f"{name}.weight": (outputs, inputs)} | ({f"{name}.bias": (outputs,)} if bias else {})


def pyramid(module):
    """Shapes of a readout of scalars."""
    name = f"output_modules.{module}.outnet"
    return dense(f"{name}.0", F // 2, F) | dense(f"{name}.1", 1, F // 2)


def gated(module):
    """Shapes of a readout of scalars and vectors."""
    shapes = {}
    for place, (inputs, outputs) in enumerate(((F, F // 2), (F // 2, 1))):
        name = f"output_modules.{module}.outnet.{place}"
        shapes |= dense(f"{name}.mix_vectors", 2 * outputs, inputs, bias=False)
        shapes |= dense(f"{name}.scalar_net.0", inputs, inputs + outputs)
        shapes |= dense(f"{name}.scalar_net.1", 2 * outputs, inputs)
    return shapes


def _convolutions():
    shapes = {}
    for layer in range(SIZE["interactions"]):
        name = f"representation.interactions.{layer}"
        shapes |= dense(f"{name}.in2f", F, F, bias=False)
        shapes |= dense(f"{name}.f2out.0", F, F) | dense(f"{name}.f2out.1", F, F)
        shapes |= dense(f"{name}.filter_network.0", F, GAUSSIANS)
        shapes |= dense(f"{name}.filter_network.1", F, F)
    return shapes


def _fields():
    name, field = "representation", "electric_field"
    shapes = dense(f"{name}.initial_dipole_update.transform.{field}", F, F, bias=False)
    for layer in range(SIZE["interactions"]):
        shapes |= dense(f"{name}.field_interaction.{layer}.f2out.{field}", F, F)
        inner = f"{name}.dipole_interaction.{layer}"
        shapes |= dense(f"{inner}.transform.{field}", F, F)
        shapes |= dense(f"{inner}.filter_network.{field}.0", F, GAUSSIANS)
        shapes |= dense(f"{inner}.filter_network.{field}.1", F, F)
        shapes |= dense(f"{name}.dipole_update.{layer}.transform.{field}", F, F, bias=False)
    return shapes


def _messages(*, shared_filters):
    filters = 1 if shared_filters else SIZE["interactions"]
    shapes = dense("representation.filter_net", filters * 3 * F, GAUSSIANS)
    for layer in range(SIZE["interactions"]):
        context = f"representation.interactions.{layer}.interatomic_context_net"
        shapes |= dense(f"{context}.0", F, F) | dense(f"{context}.1", 3 * F, F)
        mixing = f"representation.mixing.{layer}"
        shapes |= dense(f"{mixing}.intraatomic_context_net.0", F, 2 * F)
        shapes |= dense(f"{mixing}.intraatomic_context_net.1", 3 * F, F)
        shapes |= dense(f"{mixing}.mu_channel_mix", 2 * F, F, bias=False)
    return shapes


def state(kind, *, shared_filters=False):
    """Weights and tables of a model of energies and, by output module 2, dipoles."""
    shapes = {"representation.embedding.weight": (100, F)} | pyramid(0)
    if kind == "painn":
        shapes |= _messages(shared_filters=shared_filters) | gated(2)
    else:
        shapes |= _convolutions() | (pyramid(2) if kind == "schnet" else _fields())
    centres = np.linspace(0, CUTOFF, GAUSSIANS, dtype=np.float32)
    tables = {
        "representation.radial_basis.offsets": centres,
        "representation.radial_basis.widths": np.full(GAUSSIANS, centres[1]),
        "representation.cutoff_fn.cutoff": np.array([CUTOFF]),
        "postprocessors.1.mean": np.array([-1.0]),
    }
    return {name: 0.5 * array for name, array in drawn_arrays(shapes, 4).items()} | tables
