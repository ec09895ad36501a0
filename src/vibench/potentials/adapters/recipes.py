"""Settings of the reference methods; quick to import."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from vibench.core.recipe import Recipe


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
    """A registered name (emt, lj, morse, tblite), or ``"module:Class"`` where that is allowed."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Keyword arguments of the calculator's class."""
    charged: bool = False
    """Set to true if the calculator takes charge and unpaired electrons from the initial charges
    and magnetic moments of ``Atoms``; else charged and open-shell molecules are refused."""
    reuse: bool = False
    """Keep the calculator from molecule to molecule. By default each molecule gets a new one, as
    many calculators start their SCF from the last density, which makes forces depend on history.
    Set to true for a calculator without such memory that takes long to make."""


type ReferenceRecipe = Annotated[GFN2Recipe | PySCFRecipe | ASERecipe, Field(discriminator="kind")]
"""Settings of any reference method; ``kind`` says of which."""
