"""Checks of Python and of the packages that vibench declares."""

import platform
from collections.abc import Iterable
from importlib.metadata import metadata, requires

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from vibench.pipeline.doctor.finding import Finding
from vibench.pipeline.machine import installed_version

_SHOWN = ("numpy", "scipy", "torch", "ase", "tblite")
"""Packages whose versions numbers depend on most."""


def check_python(declared: str | None = None) -> Finding:
    """Compare the version of Python with the *declared* range; by default that of vibench."""
    allowed = declared or metadata("vibench")["Requires-Python"]
    here = platform.python_version()
    if SpecifierSet(allowed).contains(here, prereleases=True):
        return Finding("ok", f"{here} ({allowed} is needed)")
    return Finding("fault", f"{here}, but {allowed} is needed", "install vibench in such a Python")


def check_packages(declared: Iterable[str] | None = None) -> Finding:
    """Compare installed packages with the *declared* requirements; by default those of vibench."""
    needed = [one for one in _requirements(declared) if _is_always(one)]
    wrong = [one for one in needed if not _is_met(one)]
    if wrong:
        found = ", ".join(f"{one.name} {_state(one)}" for one in wrong)
        packages = " ".join(f"'{one.name}{one.specifier}'" for one in wrong)
        return Finding("fault", found, f"pip install {packages}")
    shown = [f"{one.name} {installed_version(one.name)}" for one in needed if one.name in _SHOWN]
    return Finding("ok", f"all {len(needed)} in their ranges: {', '.join(shown)}")


def check_extras(declared: Iterable[str] | None = None) -> Finding:
    """Say which optional packages are there, and whether in the *declared* ranges."""
    requirements = _requirements(declared)
    known = sorted(metadata("vibench").get_all("Provides-Extra") or ())
    belonging = {name: [one for one in requirements if _belongs(one, name)] for name in known}
    parts = {name: own for name, own in belonging.items() if own}
    names = list(parts)
    there = [name for name in names if all(map(_is_whole, parts[name]))]
    wrong = [
        one
        for name in names
        for one in parts[name]
        if not _is_met(one) and installed_version(one.name) is not None
    ]
    if wrong:
        found = ", ".join(f"{one.name} {_state(one)}" for one in wrong)
        return Finding("warning", found, f"pip install 'vibench[{','.join(names)}]'")
    missing = [name for name in names if name not in there]
    text = f"installed: {', '.join(there) or 'none'}; not installed: {', '.join(missing) or 'none'}"
    return Finding("info", text, "pip install 'vibench[NAME]' if you need it" if missing else "")


def _requirements(declared: Iterable[str] | None) -> list[Requirement]:
    return [Requirement(text) for text in declared or requires("vibench") or ()]


def _is_always(requirement: Requirement) -> bool:
    """Tell whether a package is needed on this machine whatever extras are asked for."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _belongs(requirement: Requirement, extra: str) -> bool:
    """Tell whether a package is needed on this machine by an *extra* alone."""
    marker = requirement.marker
    return marker is not None and not _is_always(requirement) and marker.evaluate({"extra": extra})


def _is_met(requirement: Requirement) -> bool:
    here = installed_version(requirement.name)
    return here is not None and requirement.specifier.contains(here, prereleases=True)


def _is_whole(requirement: Requirement) -> bool:
    """Tell whether a package is there with the optional parts that are asked for."""
    if not _is_met(requirement):
        return False
    own = [Requirement(text) for text in requires(requirement.name) or ()]
    parts = [one for extra in requirement.extras for one in own if _belongs(one, extra)]
    return all(map(_is_met, parts))


def _state(requirement: Requirement) -> str:
    here = installed_version(requirement.name)
    if here is None:
        return "is missing"
    return f"is {here}, but {requirement.specifier} is needed"
