"""Potentials of a study: reference methods and trained models behind one kind of setting."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vibench.core.errors import InputError
from vibench.core.protocols import Potential
from vibench.core.recipe import Recipe
from vibench.data.paths import data_source, placed_path
from vibench.pipeline.stages.names import (
    DIPOLE_MODEL,
    ENERGY_MODEL,
    MODEL,
    START_WEIGHTS,
    member_role,
)
from vibench.pipeline.tasks import Resources
from vibench.potentials.adapters.recipes import (
    AdapterRecipe,
    ASERecipe,
    GFN2Recipe,
    MACECalculatorRecipe,
    ModelFileRecipe,
    PluginRecipe,
    PySCFRecipe,
    SchNetPackRecipe,
)


class LearnedRecipe(ModelFileRecipe):
    """A trained model of vibench; its weights are an input of the task."""

    kind: Literal["learned"] = "learned"
    """Which kind of potential this is."""


# Each union lists all its members: pydantic tells them apart by `kind` only if none of them is a
# union with a name of its own.
type SimplePotentialRecipe = (
    GFN2Recipe
    | PySCFRecipe
    | ASERecipe
    | SchNetPackRecipe
    | MACECalculatorRecipe
    | PluginRecipe
    | LearnedRecipe
)


class CompositeRecipe(Recipe):
    """Energy and forces of one potential, the dipole of another."""

    kind: Literal["composite"] = "composite"
    """Which kind of potential this is."""
    name: str = ""
    """Name in tables and figures; default: the names of both, joined by ``+``."""
    energy: Annotated[SimplePotentialRecipe, Field(discriminator="kind")]
    """Gives energy, forces and whatever else it has."""
    dipole: Annotated[SimplePotentialRecipe, Field(discriminator="kind")]
    """Gives the dipole."""


type MemberRecipe = (
    GFN2Recipe
    | PySCFRecipe
    | ASERecipe
    | SchNetPackRecipe
    | MACECalculatorRecipe
    | PluginRecipe
    | LearnedRecipe
    | CompositeRecipe
)


class CommitteeRecipe(Recipe):
    """The mean of several potentials, with their standard deviation as its uncertainty."""

    kind: Literal["committee"] = "committee"
    """Which kind of potential this is."""
    name: str = ""
    """Name in tables and figures; default: ``"committee of"`` and the names of its members."""
    members: tuple[Annotated[MemberRecipe, Field(discriminator="kind")], ...] = Field(min_length=1)
    """The potentials; two or more for an uncertainty."""


type AnyPotentialRecipe = (
    GFN2Recipe
    | PySCFRecipe
    | ASERecipe
    | SchNetPackRecipe
    | MACECalculatorRecipe
    | PluginRecipe
    | LearnedRecipe
    | CompositeRecipe
    | CommitteeRecipe
)

type SamplerRecipe = Annotated[GFN2Recipe | PySCFRecipe | ASERecipe, Field(discriminator="kind")]
"""Settings of a method that needs no file of a trained model."""

type PotentialRecipe = Annotated[AnyPotentialRecipe, Field(discriminator="kind")]
"""Settings of any potential; ``kind`` says of which."""


def potential_name(recipe: AnyPotentialRecipe) -> str:
    """Return the name of a potential in tables and figures, without building it."""
    match recipe:
        case GFN2Recipe():
            return recipe.method
        case PySCFRecipe():
            return recipe.level_of_theory
        case ASERecipe():
            return recipe.calculator
        case CompositeRecipe():
            parts = (recipe.energy, recipe.dipole)
            return recipe.name or "+".join(potential_name(part) for part in parts)
        case CommitteeRecipe():
            names = ", ".join(potential_name(member) for member in recipe.members)
            return recipe.name or f"committee of {names}"
        case _:
            return recipe.name


def potential_files(recipe: AnyPotentialRecipe) -> dict[str, str]:
    """Return the files of trained models that a potential is made of, by the role they play.

    Raises
    ------
    InputError
        If a file is not there, or a recipe does not say which it is.
    """
    if isinstance(recipe, CommitteeRecipe):
        return {
            member_role(index, role): path
            for index, member in enumerate(recipe.members)
            for role, path in potential_files(member).items()
        }
    if isinstance(recipe, CompositeRecipe):
        return _file(recipe.energy, ENERGY_MODEL) | _file(recipe.dipole, DIPOLE_MODEL)
    return _file(recipe, MODEL)


def _file(recipe: SimplePotentialRecipe, role: str) -> dict[str, str]:
    if not isinstance(recipe, ModelFileRecipe):
        return {}
    if not recipe.path:
        raise InputError(f"the potential {recipe.name!r} needs the path of its file: path = ...")
    try:
        return {role: str(data_source(recipe.path))}
    except InputError as error:
        raise InputError(f"no model file: {error}") from None


def start_files(path: str) -> dict[str, str]:
    """Return the file of weights that training begins with, by its role; nothing without one.

    Raises
    ------
    InputError
        If the file is not there.
    """
    if not path:
        return {}
    try:
        return {START_WEIGHTS: str(data_source(path))}
    except InputError as error:
        raise InputError(f"no model file to start training from: {error}") from None


def placed(recipe: AnyPotentialRecipe, folder: Path) -> AnyPotentialRecipe:
    """Return *recipe* with the paths of its files relative to *folder*."""
    if isinstance(recipe, CommitteeRecipe):
        members = tuple(placed(member, folder) for member in recipe.members)
        return recipe.model_copy(update={"members": members})
    if isinstance(recipe, CompositeRecipe):
        parts = {"energy": placed(recipe.energy, folder), "dipole": placed(recipe.dipole, folder)}
        return recipe.model_copy(update=parts)
    if isinstance(recipe, ModelFileRecipe) and recipe.path:
        return recipe.model_copy(update={"path": placed_path(recipe.path, folder)})
    return recipe


def in_precision(recipe: AnyPotentialRecipe, dtype: str) -> AnyPotentialRecipe:
    """Return *recipe* with its trained models evaluated in *dtype*.

    A precision that the settings state is kept, unless double precision is asked for: second
    derivatives need it.
    """
    if isinstance(recipe, CommitteeRecipe):
        members = tuple(in_precision(member, dtype) for member in recipe.members)
        return recipe.model_copy(update={"members": members})
    if isinstance(recipe, CompositeRecipe):
        parts = (in_precision(recipe.energy, dtype), in_precision(recipe.dipole, dtype))
        return recipe.model_copy(update=dict(zip(("energy", "dipole"), parts, strict=True)))
    if isinstance(recipe, ModelFileRecipe):
        stated = "dtype" in recipe.model_fields_set
        if dtype == "float64" or not stated:
            return recipe.model_copy(update={"dtype": dtype})
    return recipe


@contextmanager
def open_potential(
    recipe: AnyPotentialRecipe, files: Mapping[str, Path], resources: Resources
) -> Iterator[Potential]:
    """Give a potential for the duration of a block; *files* are those of trained models, by role.

    Reference methods are spread over as many processes of one thread as *resources* allow.

    Raises
    ------
    InputError
        If a trained model comes without its file, or a potential cannot be used here.
    """
    if isinstance(recipe, CommitteeRecipe):
        from vibench.potentials.committee import committee

        with ExitStack() as stack:
            members = [
                stack.enter_context(open_potential(member, _of_member(files, index), resources))
                for index, member in enumerate(recipe.members)
            ]
            yield committee(members, name=potential_name(recipe))
        return
    if not isinstance(recipe, CompositeRecipe):
        with _open(recipe, files.get(MODEL), resources) as potential:
            yield potential
        return
    from vibench.potentials.composite import compose

    with ExitStack() as stack:
        energy = stack.enter_context(_open(recipe.energy, files.get(ENERGY_MODEL), resources))
        dipole = stack.enter_context(_open(recipe.dipole, files.get(DIPOLE_MODEL), resources))
        yield compose(energy, dipole, name=potential_name(recipe))


def _of_member[T](files: Mapping[str, T], index: int) -> dict[str, T]:
    """Return the files of one member of a committee by the role they play for it."""
    prefix = member_role(index, "")
    return {
        role.removeprefix(prefix): file for role, file in files.items() if role.startswith(prefix)
    }


@contextmanager
def _open(
    recipe: SimplePotentialRecipe, path: Path | None, resources: Resources
) -> Iterator[Potential]:
    if isinstance(recipe, ModelFileRecipe) and path is None:
        raise InputError(f"the trained potential {recipe.name!r} needs a file with weights")
    # Each kind brings libraries of its own, which a process that only plans must not load.
    if isinstance(recipe, LearnedRecipe):
        from vibench.potentials.learned import LearnedPotential
        from vibench.store.weights import read_weights

        yield LearnedPotential(
            read_weights(path or Path()),
            name=recipe.name,
            dtype=recipe.dtype,
            device=resources.device,
        )
        return
    with _open_adapter(recipe, path, resources) as potential:
        yield potential


@contextmanager
def _open_adapter(
    recipe: AdapterRecipe, path: Path | None, resources: Resources
) -> Iterator[Potential]:
    from vibench.potentials.adapters.build import build_adapter

    factory = partial(
        build_adapter,
        recipe,
        path=path,
        allow_import=resources.allow_import,
        trust=resources.trust,
        device=resources.device,
    )
    # For small molecules a second thread only waits for the first: cores go to processes. Networks
    # take a batch at once, and plugins are left to divide their work themselves.
    processes = resources.workers * resources.threads
    if processes == 1 or not isinstance(recipe, GFN2Recipe | PySCFRecipe | ASERecipe):
        yield factory()
        return
    from vibench.potentials.pool import PooledPotential

    with PooledPotential(factory, processes) as pooled:
        yield pooled


def promised_outputs(
    recipe: AnyPotentialRecipe, files: Mapping[str, str], resources: Resources
) -> frozenset[str]:
    """Return what a potential predicts; of vibench's own models only the header is read.

    Raises
    ------
    InputError
        If the potential cannot be used here.
    """
    if isinstance(recipe, CommitteeRecipe):
        return frozenset.intersection(
            *(
                promised_outputs(member, _of_member(files, index), resources)
                for index, member in enumerate(recipe.members)
            )
        )
    if isinstance(recipe, CompositeRecipe):
        energy, dipole = (
            promised_outputs(part, {MODEL: files[role]} if role in files else {}, resources)
            for part, role in ((recipe.energy, ENERGY_MODEL), (recipe.dipole, DIPOLE_MODEL))
        )
        return energy | (dipole & {"dipole"})
    if isinstance(recipe, LearnedRecipe):
        from vibench.potentials.recipes import parse_architecture, predicted
        from vibench.store.weights import read_weights

        return predicted(parse_architecture(read_weights(Path(files[MODEL])).architecture))
    if isinstance(recipe, GFN2Recipe | PySCFRecipe):
        return frozenset({"energy", "forces", "dipole"})
    paths = {role: Path(path) for role, path in files.items()}
    with open_potential(recipe, paths, resources) as potential:
        return potential.capabilities.outputs
