"""Presets: sizes and training settings of every architecture by name."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

type PresetName = Literal["paper", "small", "tiny"]


@cache
def presets() -> Mapping[str, Any]:
    """Return preset → architecture → ``"architecture"`` and ``"training"`` settings."""
    text = files("vibench.pipeline").joinpath("presets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def preset_settings(preset: str, architecture: str, part: str) -> dict[str, Any]:
    """Return what a preset says of an architecture; nothing where it says nothing.

    Parameters
    ----------
    preset, architecture
        Their names; unknown ones have no settings, and are refused where they are read.
    part
        ``"architecture"`` or ``"training"``.
    """
    found: dict[str, Any] = presets().get(preset, {}).get(architecture, {}).get(part, {})
    return dict(found)


def expand(model: Any, *, default: str) -> Any:
    """Replace an architecture's name and a preset's name in a model's table by what they mean.

    What the table gives itself goes before what the preset says. Anything that is no table is left
    to be refused by whoever reads it.

    Parameters
    ----------
    model
        The table.
    default
        Architecture where none is named.
    """
    if not isinstance(model, Mapping):
        return model
    expanded, preset = dict(model), model.get("preset")
    given = model.get("architecture", {})
    architecture = {"architecture": given} if isinstance(given, str) else given
    if "architecture" in model and isinstance(architecture, Mapping):
        architecture = expanded["architecture"] = {"architecture": default, **architecture}
    if not isinstance(preset, str) or not isinstance(architecture, Mapping):
        return expanded
    name = architecture.get("architecture", default)
    if not isinstance(name, str):
        return expanded
    for part, own in (("architecture", architecture), ("training", model.get("training", {}))):
        if isinstance(own, Mapping):
            expanded[part] = preset_settings(preset, name, part) | dict(own)
    expanded["architecture"].setdefault("architecture", name)
    return expanded
