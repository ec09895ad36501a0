"""Settings of the reference methods; quick to import."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from vibench.core.recipe import Recipe

type EnergyUnit = Literal["eV", "meV", "hartree", "kcal/mol", "kJ/mol"]
type LengthUnit = Literal["angstrom", "bohr", "nm"]
type DipoleUnit = Literal["e*angstrom", "debye", "e*bohr", "e*nm"]


class GFN2Recipe(Recipe):
    """Settings of an extended tight-binding calculation."""

    kind: Literal["gfn2"] = "gfn2"
    """Which adapter this is."""
    method: Literal["GFN2-xTB", "GFN1-xTB"] = "GFN2-xTB"
    """The parametrisation."""
    accuracy: Annotated[float, Field(gt=0, le=10)] = 0.1
    """Factor on the thresholds of the self-consistency; smaller is tighter. The largest error
    of a force component of methanol, formaldehyde and ethanol is 1e-4 eV/Å at 1 (tblite's own
    default), 3e-5 at 0.1, 3e-6 at 0.01; each step costs a few more SCF cycles. Take 0.01 for
    second derivatives by finite differences."""
    electronic_temperature_k: Annotated[float, Field(ge=0)] = 300.0
    """Temperature in K of the Fermi smearing of the orbital occupations."""
    max_iterations: Annotated[int, Field(gt=0)] = 250
    """SCF cycles after which a molecule counts as failed."""


class PySCFRecipe(Recipe):
    """Settings of a Kohn-Sham or Hartree-Fock calculation."""

    kind: Literal["pyscf"] = "pyscf"
    """Which adapter this is."""
    functional: str = "pbe"
    """Exchange-correlation functional as PySCF (libxc) spells it; ``"hf"`` for Hartree-Fock."""
    basis: str = "def2-svp"
    """Basis set as PySCF spells it."""
    density_fitting: bool = True
    """Whether Coulomb (and exchange) integrals are fitted: faster, with errors far below those
    of functional and basis."""
    dispersion: Literal["d3bj", "d3zero", "d4"] | None = None
    """Dispersion correction with the parameters of the functional, or None."""
    grid_level: Annotated[int, Field(ge=0, le=9)] = 3
    """PySCF's level of the integration grid; 3 is its default."""
    grid_response: bool = True
    """Whether forces contain the motion of the integration grid. Without it they are not the
    exact gradient of the energy (by 2e-4 eV/Å for water on grid level 1)."""
    convergence_hartree: Annotated[float, Field(gt=0)] = 1e-9
    """Change of the energy in hartree at which the SCF stops."""
    max_iterations: Annotated[int, Field(gt=0)] = 100
    """SCF cycles after which a molecule counts as failed."""

    @property
    def level_of_theory(self) -> str:
        """Method and basis as a chemist writes them, e.g. ``"PBE-D3BJ/def2-SVP"``."""
        correction = f"-{self.dispersion}" if self.dispersion else ""
        return f"{self.functional}{correction}/{self.basis}".upper()


class ASERecipe(Recipe):
    """Which ASE calculator, and with which arguments."""

    kind: Literal["ase"] = "ase"
    """Which adapter this is."""
    calculator: str
    """A registered name (emt, lj, morse, psi4, tblite), or ``"module:Class"`` where that is
    allowed."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the calculator's class."""
    charged: bool = False
    """Set to true if the calculator takes charge and unpaired electrons from the initial charges
    and magnetic moments of ``Atoms``; else charged and open-shell molecules are refused."""
    reuse: bool = False
    """Keep the calculator from molecule to molecule. By default each molecule gets a new one, as
    many calculators start their SCF from the last density, which makes forces depend on history.
    Set to true for a calculator without such memory that takes long to make."""


class ModelFileRecipe(Recipe):
    """A trained model in a file.

    The content of the file decides what is computed, wherever it lies: its path is no part of the
    settings that a result is known by.
    """

    name: str = ""
    """Name in tables and figures; default: that of the file."""
    path: str = Field(default="", exclude=True)
    """The file; ``~`` and environment variables are filled in."""
    dtype: Literal["float32", "float64"] = "float32"
    """Precision it is evaluated in; vibrations are always in ``"float64"``."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("name"):
            return data
        if not data.get("path"):
            raise ValueError('a trained model needs the path of its file: path = "..."')
        return data | {"name": Path(data["path"]).stem}


class SchNetPackRecipe(ModelFileRecipe):
    """A model trained with SchNetPack 2, evaluated by SchNetPack."""

    kind: Literal["schnetpack"] = "schnetpack"
    """Which adapter this is."""
    energy_unit: EnergyUnit = "eV"
    """Unit of its energies."""
    length_unit: LengthUnit = "angstrom"
    """Unit of its positions, and of forces with that of energies."""
    dipole_unit: DipoleUnit = "e*angstrom"
    """Unit of its dipoles."""
    energy_key: str = "energy"
    """What the model calls the energy."""
    forces_key: str = "forces"
    """What the model calls the forces."""
    dipole_key: str = "dipole_moment"
    """What the model calls the dipole."""
    elements: tuple[int, ...] | None = None
    """Atomic numbers it was trained on. The file does not say; without them every element up to
    the size of its embedding is accepted, trained or not."""
    charged: bool = False
    """Set to true if the model was trained on ions and takes their total charge."""


class MACECalculatorRecipe(ModelFileRecipe):
    """A model trained with mace-torch, evaluated by mace-torch."""

    kind: Literal["mace"] = "mace"
    """Which adapter this is."""
    energy_unit: EnergyUnit = "eV"
    """Unit of its energies."""
    length_unit: LengthUnit = "angstrom"
    """Unit of its positions, and of forces with that of energies."""
    dipole_unit: DipoleUnit = "debye"
    """Unit of its dipoles; mace-torch's own is debye."""
    head: str | None = None
    """Which of several heads; None where there is one."""


class PluginRecipe(Recipe):
    """A potential of another installed package."""

    kind: Literal["plugin"] = "plugin"
    """Which adapter this is."""
    name: str
    """Name of its entry point in the group ``vibench.potentials``."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the function that the entry point names."""


type AdapterRecipe = (
    GFN2Recipe | PySCFRecipe | ASERecipe | SchNetPackRecipe | MACECalculatorRecipe | PluginRecipe
)

type ReferenceRecipe = Annotated[AdapterRecipe, Field(discriminator="kind")]
"""Settings of any potential that is not a model of vibench; ``kind`` says of which."""
