"""Settings of every architecture. No torch here, so that a study can be read in no time."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from vibench.core.errors import InputError
from vibench.core.recipe import Recipe

type Output = Literal["energy", "dipole"]

LARGEST_NUMBER: Final = 99
"""Largest atomic number that can be embedded, as in SchNetPack."""


class _Common(Recipe):
    """Settings that mean the same in every architecture."""

    features: int = Field(default=128, ge=2)
    """Features (channels) per atom."""
    interactions: int = Field(default=3, ge=1)
    """Message-passing layers."""
    cutoff_angstrom: float = Field(default=5.0, gt=0)
    """Distance in Å beyond which atoms do not interact directly."""

    all_pairs_up_to: ClassVar[int] = 48
    """Atoms of a molecule up to which all its pairs are kept: from there on finding the near ones
    pays. It changes nothing but the time."""


class _Gaussians(_Common):
    """Settings of the architectures that expand distances as SchNet does."""

    radial_functions: int = Field(default=20, ge=2)
    """Gaussians that expand a distance."""


class _Readouts(_Gaussians):
    """Settings of the architectures whose energy and dipole are read from one representation."""

    outputs: tuple[Output, ...] = Field(default=("energy", "dipole"), min_length=1)
    """What is read out; forces come with the energy."""

    @field_validator("outputs")
    @classmethod
    def _once_in_order(cls, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        return in_order(outputs)


def in_order(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
    """Return each output once, energy first, so that equal models have equal settings."""
    return tuple(sorted(set(outputs), reverse=True))


class SchNetRecipe(_Readouts):
    """Size of a SchNet model; the defaults are those of SchNetPack."""

    all_pairs_up_to = 80

    architecture: Literal["schnet"] = "schnet"
    """Name of the architecture."""
    interactions: int = Field(default=6, ge=1)
    """Message-passing layers."""


class FieldSchNetRecipe(_Gaussians):
    """Size of a FieldSchNet model; the defaults are those of SchNetPack.

    Energy, forces and dipole are derivatives of one energy in an electric field, so there is
    nothing to choose about outputs.
    """

    architecture: Literal["field_schnet"] = "field_schnet"
    """Name of the architecture."""
    interactions: int = Field(default=5, ge=1)
    """Message-passing layers."""


class SO3netRecipe(_Readouts):
    """Size of a SO3net model; the defaults are those of SchNetPack."""

    all_pairs_up_to = 32

    architecture: Literal["so3net"] = "so3net"
    """Name of the architecture."""
    lmax: int = Field(default=2, ge=1, le=4)
    """Largest angular momentum of features and spherical harmonics. The paper that compares these
    architectures does not state it; 2 is SchNetPack's default."""
    float32_constants: bool = False
    """Round Clebsch-Gordan coefficients and prefactors of spherical harmonics to single precision,
    as SchNetPack does; otherwise they are exact and differ from its own by 1e-7."""


class PaiNNRecipe(_Readouts):
    """Size of a PaiNN model; the defaults are those of SchNetPack."""

    architecture: Literal["painn"] = "painn"
    """Name of the architecture."""
    epsilon: float = Field(default=1e-8, gt=0)
    """Added to squared vector norms before the square root. The default is SchNetPack's, and leaves
    kinks where a vector feature passes through zero, as it does in symmetric molecules; 1e-4
    smooths them and conserves energy a hundred times better (docs/theory, PaiNN)."""


class _MACESettings(_Common):
    """Settings that MACE models of energies and of dipoles share."""

    interactions: int = Field(default=2, ge=1)
    """Message-passing layers."""
    lmax: int = Field(default=1, ge=0, le=2)
    """Largest angular momentum of the features that atoms send each other ("max L"); 1 is
    mace-torch's default."""
    edge_lmax: int = Field(default=3, ge=1, le=3)
    """Largest angular momentum of spherical harmonics and messages ("max ell")."""
    correlation: int = Field(default=3, ge=1, le=3)
    """Number of neighbours that one product of messages couples at once (body order less one)."""
    radial_functions: int = Field(default=8, ge=1)
    """Bessel functions that expand a distance."""
    cutoff_power: int = Field(default=5, ge=2)
    """Power p of the polynomial cutoff function."""
    radial_layers: tuple[int, ...] = (64, 64, 64)
    """Widths of the hidden layers that turn a distance into weights of messages."""
    readout_features: int = Field(default=16, ge=1)
    """Width of the hidden layer of the last readout."""


class MACERecipe(_MACESettings):
    """Size of a MACE model of energies, dipoles or both; the defaults are those of mace-torch."""

    architecture: Literal["mace"] = "mace"
    """Name of the architecture."""
    outputs: tuple[Output, ...] = Field(default=("energy", "dipole"), min_length=1)
    """What is read out; forces come with the energy. mace-torch calls ``["energy"]``
    ScaleShiftMACE and both EnergyDipolesMACE."""
    first_interaction: Literal["plain", "residual"] = "plain"
    """First layer without or with a residual connection. mace-torch's ``--model MACE`` is plain,
    ``--model ScaleShiftMACE`` residual by default."""
    scaling: Literal["rms forces", "none"] = "rms forces"
    """Scale of the atomic energies: the root mean square force component of the training data, or
    1."""

    @field_validator("outputs")
    @classmethod
    def _once_in_order(cls, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        if "energy" not in outputs:
            raise ValueError("a MACE model of dipoles alone is architecture 'mace_dipole'")
        return in_order(outputs)

    @model_validator(mode="after")
    def _vectors_for_dipoles(self) -> Self:
        if "dipole" in self.outputs and self.lmax == 0 and self.interactions > 1:
            raise ValueError(
                "lmax = 0 leaves no vectors to read a dipole from; set lmax = 1 or more, or "
                'outputs = ["energy"]'
            )
        return self


class MACEDipoleRecipe(_MACESettings):
    """Size of a MACE model of dipoles; the defaults are those of mace-torch."""

    architecture: Literal["mace_dipole"] = "mace_dipole"
    """Name of the architecture."""
    features: int = Field(default=16, ge=2)
    """Channels per atom."""
    lmax: int = Field(default=2, ge=1, le=2)
    """Largest angular momentum of the features that atoms send each other ("max L")."""
    last_layer: Literal["faithful", "fixed"] = "faithful"
    """mace-torch's AtomicDipolesMACE has a last layer whose contribution is exactly zero;
    ``"faithful"`` reproduces that, ``"fixed"`` gives the last layer the scalars that its gates
    need, and so makes it work."""


type AnyArchitecture = (
    SchNetRecipe | FieldSchNetRecipe | SO3netRecipe | PaiNNRecipe | MACERecipe | MACEDipoleRecipe
)

type ArchitectureRecipe = Annotated[AnyArchitecture, Field(discriminator="architecture")]
"""Settings of any architecture; the field ``architecture`` says of which."""


def parse_architecture(settings: Mapping[str, Any]) -> AnyArchitecture:
    """Read an architecture's recipe from its JSON form.

    Raises
    ------
    InputError
        If it is none that this version knows.
    """
    adapter: TypeAdapter[AnyArchitecture] = TypeAdapter(ArchitectureRecipe)
    try:
        return adapter.validate_python(dict(settings))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise InputError(
            f"the model has an architecture that this version does not know: {key}: {first['msg']}"
        ) from None


def predicted(recipe: AnyArchitecture) -> frozenset[str]:
    """Return the names of the properties that a model of this architecture predicts."""
    match recipe:
        case FieldSchNetRecipe():
            return frozenset({"energy", "forces", "dipole"})
        case MACEDipoleRecipe():
            return frozenset({"dipole"})
        case _:
            forces = {"forces"} if "energy" in recipe.outputs else set()
            return frozenset(recipe.outputs) | forces
