"""Base of the settings of every stage."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer


class Recipe(BaseModel):
    """Frozen, validated settings that say how something is made.

    Each stage keeps its recipes beside the code they configure. A recipe is part of the identity
    of what it makes, so every field has a default that is documented in one place, unknown keys
    are refused, and ``model_dump(mode="json")`` is its canonical form.
    """

    silent: ClassVar[frozenset[str]] = frozenset()
    """Fields that the canonical form leaves out while they are None: what was made before such a
    field was there is still found."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_serializer(mode="wrap")
    def _canonical(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)
        return {
            key: value
            for key, value in content.items()
            if value is not None or key not in self.silent
        }


def changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return ``"key: before → after"`` for each setting that differs between two JSON forms.

    Keys of tables inside tables are joined by dots; a setting that one of them lacks is ``none``.
    """
    changes = []
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changes += [f"{key}.{change}" for change in changed_settings(old, new)]
        elif old != new:
            changes.append(f"{key}: {_shown(old)} → {_shown(new)}")
    return changes


def _shown(value: object) -> str:
    return "none" if value is None else f"{value}"
