"""Conformers: RDKit's distance geometry and force fields, reproducible from a seed."""

from typing import Any

import numpy as np
from ase.data import atomic_masses
from rdkit import Chem, rdBase
from rdkit.Chem import rdDetermineBonds, rdDistGeom, rdForceFieldHelpers

from vibench.core.errors import InputError
from vibench.core.molecules import Array, Molecules, single
from vibench.core.streams import generator

ATTEMPTS_PER_CONFORMER = 5
"""Starting geometries tried for each conformer asked for; many relax to the same one."""
LEAST_ATTEMPTS = 20
"""Starting geometries tried at least, so that the first is the lowest also when one is wanted."""
SAME_DISTANCE_ANGSTROM = 0.05
"""Conformers whose sorted interatomic distances all agree within this are the same."""
RELAXATION_STEPS = 2000


def read_smiles(smiles: str, name: str) -> Chem.Mol:
    """Return the bonds of a SMILES with hydrogen atoms added.

    Raises
    ------
    InputError
        If RDKit cannot read it, or it holds several fragments.
    """
    with rdBase.BlockLogs():
        graph = Chem.MolFromSmiles(smiles)
    if graph is None or graph.GetNumAtoms() == 0:
        raise InputError(f"molecule {name!r}: RDKit cannot read the SMILES {smiles!r}")
    if len(Chem.GetMolFrags(graph)) > 1:
        raise InputError(f"molecule {name!r}: the SMILES {smiles!r} holds several molecules")
    return Chem.AddHs(graph)


def without_geometry(graph: Chem.Mol, name: str) -> Molecules[Array]:
    """Return the molecule of some bonds with all atoms at the origin.

    Raises
    ------
    InputError
        If it has isotopes that do not exist.
    """
    return _molecule(graph, name, np.zeros((graph.GetNumAtoms(), 3)))


def perceive_bonds(molecule: Molecules[Array]) -> Chem.Mol:
    """Return the bonds that RDKit finds in the geometry of one molecule.

    Raises
    ------
    InputError
        If geometry and charge make no valid bonds.

    References
    ----------
    Y. Kim, W. Y. Kim, Bull. Korean Chem. Soc. 36, 1769 (2015), doi:10.1002/bkcs.10334.
    """
    graph = Chem.RWMol()
    for number in molecule.numbers:
        graph.AddAtom(Chem.Atom(int(number)))
    conformer = Chem.Conformer(molecule.n_atoms)
    conformer.SetPositions(np.ascontiguousarray(molecule.positions, dtype=np.float64))
    graph.AddConformer(conformer)
    try:
        with rdBase.BlockLogs():
            rdDetermineBonds.DetermineBonds(graph, charge=round(float(molecule.charge[0])))
            Chem.SanitizeMol(graph)
    except (ValueError, RuntimeError) as error:
        raise InputError(
            f"molecule {molecule.names[0]!r}: cannot tell its bonds from its geometry, which the "
            f"search for conformers needs ({error}); give its SMILES instead"
        ) from error
    return graph.GetMol()


def embed(graph: Chem.Mol, name: str, count: int, seed: int) -> list[Molecules[Array]]:
    """Return up to *count* different conformers, lowest force-field energy first.

    Parameters
    ----------
    graph : bonds, hydrogens included
    name : name of the molecule; also part of the random stream
    count : how many are wanted; fewer come back if no more are found
    seed : of the distance geometry

    Raises
    ------
    InputError
        If no geometry can be made.

    References
    ----------
    S. Riniker, G. A. Landrum, J. Chem. Inf. Model. 55, 2562 (2015), doi:10.1021/acs.jcim.5b00654
    (ETKDG); T. A. Halgren, J. Comput. Chem. 17, 490 (1996) (MMFF94).
    """
    graph = Chem.Mol(graph)
    settings: Any = rdDistGeom.ETKDGv3()
    settings.randomSeed = int(generator("conformers", name, seed).integers(1, 2**31 - 1))
    settings.numThreads = 1
    attempts = max(LEAST_ATTEMPTS, ATTEMPTS_PER_CONFORMER * count)
    with rdBase.BlockLogs():
        made = list(rdDistGeom.EmbedMultipleConfs(graph, attempts, settings))
        if not made:
            raise InputError(f"molecule {name!r}: RDKit finds no geometry for it; give a file")
        energies = np.array([energy for _, energy in _relax(graph)])
    kept: list[Array] = []
    for index in np.argsort(energies, kind="stable"):
        positions = np.array(graph.GetConformer(made[index]).GetPositions())
        if len(kept) < count and not any(_same(graph, positions, other) for other in kept):
            kept.append(positions)
    return [_molecule(graph, name, positions) for positions in kept]


def _relax(graph: Chem.Mol) -> Any:
    options: dict[str, Any] = {"numThreads": 1, "maxIters": RELAXATION_STEPS}
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(graph):
        return rdForceFieldHelpers.MMFFOptimizeMoleculeConfs(graph, **options)
    return rdForceFieldHelpers.UFFOptimizeMoleculeConfs(graph, **options)


def _same(graph: Chem.Mol, left: Array, right: Array) -> bool:
    elements = np.array([atom.GetAtomicNum() for atom in graph.GetAtoms()])
    first, second = np.triu_indices(len(elements), 1)
    # Exchanging equal atoms must not make a new conformer: sort distances within element pairs.
    pair = np.minimum(elements[first], elements[second]) * 1000 + np.maximum(
        elements[first], elements[second]
    )
    sorted_distances = []
    for positions in (left, right):
        distances = np.linalg.norm(positions[first] - positions[second], axis=1)
        sorted_distances.append(distances[np.lexsort((distances, pair))])
    return bool(np.abs(sorted_distances[0] - sorted_distances[1]).max() < SAME_DISTANCE_ANGSTROM)


def _molecule(graph: Chem.Mol, name: str, positions: Array) -> Molecules[Array]:
    numbers = np.array([atom.GetAtomicNum() for atom in graph.GetAtoms()])
    return single(
        name,
        numbers,
        positions,
        np.array([_mass(atom, name) for atom in graph.GetAtoms()]),
        charge=float(Chem.GetFormalCharge(graph)),
        unpaired_electrons=sum(atom.GetNumRadicalElectrons() for atom in graph.GetAtoms()),
    )


def _mass(atom: Chem.Atom, name: str) -> float:
    number, isotope = atom.GetAtomicNum(), atom.GetIsotope()
    return isotope_mass(number, isotope, name) if isotope else float(atomic_masses[number])


def isotope_mass(number: int, mass_number: int, name: str) -> float:
    """Return the mass in amu of an isotope, from RDKit's table.

    Raises
    ------
    InputError
        If the table has no such isotope; *name* is that of the molecule.
    """
    table = Chem.GetPeriodicTable()
    mass = float(table.GetMassForIsotope(number, mass_number))
    if mass <= 0:
        raise InputError(
            f"molecule {name!r}: there is no {table.GetElementSymbol(number)} of mass number "
            f"{mass_number}"
        )
    return mass
