"""Potentials of other packages, found by their entry points."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from vibench.core.errors import InputError, unknown_name
from vibench.core.properties import Properties
from vibench.core.protocols import Capabilities, Potential
from vibench.potentials.adapters.recipes import PluginRecipe

GROUP = "vibench.potentials"
"""Group of entry points; each names a function ``make(**arguments) -> Potential``."""
_OUTPUTS = frozenset(Properties.__dataclass_fields__) - {"uncertainty"}


def installed_plugins() -> dict[str, EntryPoint]:
    """Return the entry points of all installed packages by name; nothing is imported.

    Raises
    ------
    InputError
        If two packages give the same name to different potentials.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise InputError(
                f"the packages {package_of(other)} and {package_of(entry)} both call a potential "
                f"{entry.name!r}; uninstall one of them"
            )
    return found


def package_of(entry: EntryPoint) -> str:
    """Return name and version of the package that an entry point belongs to."""
    return "(unknown)" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def load_plugin(recipe: PluginRecipe) -> Potential:
    """Return the potential of another package.

    Raises
    ------
    InputError
        Naming the package, if there is none of this name, if it cannot be imported, refuses its
        arguments, or gives something that is not a potential; the message says what is missing.
    """
    plugins = installed_plugins()
    if recipe.name not in plugins:
        raise unknown_name("plugin", recipe.name, plugins)
    entry = plugins[recipe.name]
    about = f"plugin {recipe.name!r} of the package {package_of(entry)}"
    try:
        make = entry.load()
    except (ImportError, AttributeError) as error:
        raise InputError(f"{about}: cannot import {entry.value}: {error}") from error
    if not callable(make):
        raise InputError(f"{about}: {entry.value} is no function: expected make(**arguments)")
    try:
        potential = make(**recipe.arguments)
    except TypeError as error:
        raise InputError(
            f"{about} refuses arguments {sorted(recipe.arguments)}: {error}"
        ) from error
    return _checked(potential, about)


def _checked(made: Any, about: str) -> Potential:
    """Refuse what does not keep the protocol of a potential."""
    problems = []
    if not isinstance(getattr(made, "name", None), str):
        problems.append("it has no name (a text)")
    if not callable(made):
        problems.append("it cannot be called with molecules")
    capabilities = getattr(made, "capabilities", None)
    if not isinstance(capabilities, Capabilities):
        problems.append("its capabilities are no vibench.core.protocols.Capabilities")
    else:
        strange = sorted(set(capabilities.outputs) - _OUTPUTS)
        if strange or not capabilities.outputs:
            listing = ", ".join(sorted(_OUTPUTS))
            problems.append(f"its outputs are {sorted(capabilities.outputs)}, known: {listing}")
    if problems:
        raise InputError(f"{about} gives a {type(made).__name__}: {'; '.join(problems)}")
    potential: Potential = made
    return potential
