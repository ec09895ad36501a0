"""ASE calculators as potentials: honest capabilities, no hidden memory, guarded imports."""

import pickle
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import CalculationFailed, Calculator
from pydantic import TypeAdapter, ValidationError

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, concatenate
from vibench.potentials.adapters.ase import ASEPotential, ASERecipe
from vibench.potentials.adapters.build import build_adapter
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.pyscf import PySCF, PySCFRecipe
from vibench.potentials.adapters.recipes import GFN2Recipe, ReferenceRecipe
from vibench.potentials.atoms import molecule_from_atoms


class Remembering(Calculator):
    """A calculator whose energy counts its own calls: the worst kind of memory."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012  # ASE's own convention

    def __init__(self, fail_on: int = 0) -> None:
        super().__init__()
        self.calls = 0
        self.fail_on = fail_on

    def calculate(self, atoms: Atoms, *args: Any, **kwargs: Any) -> None:
        super().calculate(atoms, *args, **kwargs)
        if len(atoms) == self.fail_on:
            raise CalculationFailed("as ordered")
        self.calls += 1
        self.results = {"energy": float(self.calls), "forces": np.zeros((len(atoms), 3))}


class EnergyOnly(Calculator):
    """A calculator that cannot drive dynamics."""

    implemented_properties = ["energy"]  # noqa: RUF012  # ASE's own convention


HERE = f"{__name__}:Remembering"


def one(formula: str) -> Molecules[Array]:
    return molecule_from_atoms(molecule(formula), formula)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setitem(__import__("sys").modules, __name__, request.module)


def test_emt_gives_what_ase_gives() -> None:
    potential = ASEPotential(ASERecipe(calculator="emt"))
    assert potential.capabilities.outputs == {"energy", "forces"}
    result = potential(concatenate([one("CO"), one("H2O")]))
    assert result.dipole is None
    from ase.calculators.emt import EMT

    atoms = molecule("CO")
    atoms.calc = EMT()
    assert result.energy is not None
    assert result.energy[0] == pytest.approx(atoms.get_potential_energy())
    np.testing.assert_allclose(result.forces[:2], atoms.get_forces())  # type: ignore[index]


def test_tblite_through_ase_is_gfn2() -> None:
    recipe = ASERecipe(
        calculator="tblite",
        arguments={"method": "GFN2-xTB", "accuracy": 0.1, "verbosity": 0},
        charged=True,
    )
    cation = molecule_from_atoms(molecule("NH3"), "ammonia")
    for charge, unpaired in ((0.0, 0), (1.0, 1)):
        cation.charge[:] = charge
        cation.unpaired_electrons[:] = unpaired
        through, direct = ASEPotential(recipe)(cation), GFN2()(cation)
        np.testing.assert_allclose(through.energy, direct.energy, atol=1e-5)
        np.testing.assert_allclose(through.forces, direct.forces, atol=1e-4)
        np.testing.assert_allclose(through.dipole, direct.dipole, atol=1e-4)


def test_new_calculator_for_every_molecule_unless_told() -> None:
    batch = concatenate([one("H2O"), one("CO")])
    fresh = ASEPotential(ASERecipe(calculator=HERE), allow_import=True)
    np.testing.assert_array_equal(fresh(batch).energy, [1, 1])
    reused = ASEPotential(ASERecipe(calculator=HERE, reuse=True), allow_import=True)
    np.testing.assert_array_equal(reused(batch).energy, [1, 2])
    copied = pickle.loads(pickle.dumps(reused))
    np.testing.assert_array_equal(copied(batch).energy, [1, 2])


def test_failure_is_nan_for_its_molecule_only() -> None:
    recipe = ASERecipe(calculator=HERE, arguments={"fail_on": 3})
    result = ASEPotential(recipe, allow_import=True)(concatenate([one("H2O"), one("CO")]))
    np.testing.assert_array_equal(result.energy, [np.nan, 1])


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"calculator": "emtt"}, "Did you mean 'emt'"),
        ({"calculator": HERE}, "--allow-import"),
    ],
)
def test_not_registered(recipe: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_adapter(ASERecipe(**recipe))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("calculator", "message"),
    [
        ("no_such_module:Thing", "cannot import"),
        ("ase.calculators.emt:EMTT", "cannot import"),
        (f"{__name__}:EnergyOnly", "does not implement forces"),
    ],
)
def test_unusable_class(calculator: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_adapter(ASERecipe(calculator=calculator), allow_import=True)


def test_refusals_name_the_reason() -> None:
    emt = ASEPotential(ASERecipe(calculator="emt"))
    with pytest.raises(InputError, match="neutral closed-shell"):
        emt(one("CH3"))
    with pytest.raises(InputError, match="cannot treat 'SiH4'"):
        emt(one("SiH4"))
    with pytest.raises(InputError, match="refuses its arguments"):
        ASEPotential(ASERecipe(calculator=HERE, arguments={"colour": 1}), allow_import=True)(
            one("H2O")
        )


def test_recipes_are_told_apart_by_kind() -> None:
    parse = TypeAdapter(ReferenceRecipe).validate_python
    assert isinstance(build_adapter(parse({"kind": "gfn2", "accuracy": 1.0})), GFN2)
    assert isinstance(build_adapter(parse({"kind": "pyscf"})), PySCF)
    assert isinstance(build_adapter(parse({"kind": "ase", "calculator": "lj"})), ASEPotential)
    assert parse({"kind": "gfn2"}) == GFN2Recipe()
    assert parse({"kind": "pyscf"}) == PySCFRecipe()
    with pytest.raises(ValidationError):
        parse({"kind": "gfn2", "acuracy": 1.0})
