"""What the layers of a MACE model make and what is read out of them. No torch here."""

from dataclasses import dataclass
from typing import Final

from vibench.potentials.recipes import MACEDipoleRecipe, MACERecipe

_DEGREE: Final = {"energy": 0, "dipole": 1}


@dataclass(frozen=True, slots=True)
class MACEPlan:
    """Layers of a MACE model."""

    outputs: tuple[int, ...]
    """Degrees l of what is read out: 0 for energies, 1 for dipoles."""
    degrees: tuple[tuple[int, ...], ...]
    """Degrees of the features that each layer makes."""
    residual: bool
    """Whether the first layer adds to the features of before; the others always do."""
    gated: bool
    """Whether the last readout is a network with a hidden layer."""

    def inputs(self, layer: int) -> tuple[int, ...]:
        """Return the degrees of the features that a layer is given."""
        return self.degrees[layer - 1] if layer else (0,)

    def is_residual(self, layer: int) -> bool:
        """Whether a layer adds to the features of before."""
        return layer > 0 or self.residual


def plan(recipe: MACERecipe | MACEDipoleRecipe) -> MACEPlan:
    """Return the layers that a recipe asks for.

    Features that cannot influence what is read out are not made: in the last layer those of all
    degrees but the ones its readout takes, and the whole last layer of a faithful dipole model.
    """
    hidden, several = tuple(range(recipe.lmax + 1)), recipe.interactions > 1
    before = (hidden,) * (recipe.interactions - 1)
    if isinstance(recipe, MACERecipe):
        outputs = tuple(_DEGREE[name] for name in recipe.outputs)
        residual = recipe.first_interaction == "residual"
        return MACEPlan(outputs, (*before, outputs), residual=residual, gated=several)
    if recipe.last_layer == "fixed" and several:
        return MACEPlan((1,), (*before, (0, 1)), residual=False, gated=True)
    return MACEPlan((1,), (*before[1:], (1,)), residual=False, gated=False)
