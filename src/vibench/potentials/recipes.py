"""Settings of every architecture. No torch here, so that a study can be read in no time."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from vibench.core.recipe import Recipe


class PaiNNRecipe(Recipe):
    """Size of a PaiNN model; the defaults are those of SchNetPack."""

    architecture: Literal["painn"] = "painn"
    """Name of the architecture."""
    features: int = Field(default=128, ge=4)
    """Scalar features per atom; there are as many vector features."""
    interactions: int = Field(default=3, ge=1)
    """Message-passing layers."""
    radial_functions: int = Field(default=20, ge=2)
    """Gaussians that expand a distance."""
    cutoff_angstrom: float = Field(default=5.0, gt=0)
    """Distance in Å beyond which atoms do not interact directly."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to squared vector norms before the square root. The default is SchNetPack's, and leaves
    kinks where a vector feature passes through zero, as it does in symmetric molecules; 1e-4
    smooths them and conserves energy a hundred times better (docs/theory, PaiNN)."""


type ArchitectureRecipe = PaiNNRecipe
"""Settings of any architecture; the field ``architecture`` says of which."""


def parse_architecture(settings: Mapping[str, Any]) -> ArchitectureRecipe:
    """Read an architecture's recipe from its JSON form."""
    adapter: TypeAdapter[ArchitectureRecipe] = TypeAdapter(ArchitectureRecipe)
    return adapter.validate_python(dict(settings))
