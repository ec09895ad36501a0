"""Base of the settings of every stage."""

from pydantic import BaseModel, ConfigDict


class Recipe(BaseModel):
    """Frozen, validated settings that say how something is made.

    Each stage keeps its recipes beside the code they configure. A recipe is part of the identity
    of what it makes, so every field has a default that is documented in one place, unknown keys
    are refused, and ``model_dump(mode="json")`` is its canonical form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
