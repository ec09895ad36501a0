"""JSON schema of the study file, by which editors complete and check it.

Keys, types, ranges and descriptions come from the recipes, as pydantic reads them. What is added
here is how a file differs from a recipe: TOML has no null, the key that chooses among several kinds
must be there, and an architecture may be its name.
"""

import inspect
import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from vibench.pipeline.presets import presets
from vibench.pipeline.study import DipoleModelRecipe, ModelRecipe, Study


def study_schema() -> dict[str, Any]:
    """Return the JSON schema of a study file.

    It refuses what reading a study refuses key by key: unknown keys, wrong types, values out of
    range. Keys that contradict each other are found by `vibench.pipeline.study.read_study` alone.
    """
    schema = Study.model_json_schema(schema_generator=_FileSchema)
    for recipe in (ModelRecipe, DipoleModelRecipe):
        _allow_names(schema, recipe)
    heading = {"$schema": GenerateJsonSchema.schema_dialect, "title": "vibench study"}
    return heading | {key: value for key, value in schema.items() if key != "title"}


class _FileSchema(GenerateJsonSchema):
    """Schema of a recipe as it is written in a file."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Give keys no title: it would repeat their names."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Make the first line of the docstring the title, and all of it the description."""
        made = super().model_schema(schema)
        text = _plain_text(inspect.cleandoc(schema["cls"].__doc__ or ""))
        return made | {"title": text.partition("\n")[0], "description": text}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Leave out null, which TOML does not have."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave out defaults that cannot be written (None) or that stand at the keys inside."""
        if isinstance(schema.get("default"), BaseModel | None):
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Require the key that chooses; it has a default in Python, but must be in a file."""
        choices = super().tagged_union_schema(schema)["oneOf"]
        required = {"required": [schema["discriminator"]]}
        return {"oneOf": [{"allOf": [choice, required]} for choice in choices]}

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Keep the order of the recipes, and turn markup of docstrings into plain text."""
        plain: JsonSchemaValue = _with_plain_descriptions(value)
        return plain


def _allow_names(schema: dict[str, Any], recipe: type[ModelRecipe | DipoleModelRecipe]) -> None:
    """Let an architecture be its name, or a table that leaves the name out and means the default.

    That is what `vibench.pipeline.presets.expand` makes of a model before it is checked.
    """
    keys = schema["$defs"][recipe.__name__]["properties"]
    default = type(recipe.model_fields["architecture"].default).__name__
    table = keys["architecture"]
    keys["architecture"] = {
        "description": table["description"],
        "anyOf": [
            {"enum": list(presets()["tiny"])},
            {"$ref": table["$ref"]},
            {"$ref": f"#/$defs/{default}"},
        ],
    }


def _with_plain_descriptions(value: Any) -> Any:
    """Return a schema whose descriptions are plain text."""
    match value:
        case dict():
            return {
                key: _plain_text(inner)
                if key == "description" and isinstance(inner, str)
                else _with_plain_descriptions(inner)
                for key, inner in value.items()
            }
        case list():
            return [_with_plain_descriptions(inner) for inner in value]
        case _:
            return value


def _plain_text(text: str) -> str:
    """Return a docstring with literals in single backticks and each paragraph on one line."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return re.sub(r"``(.+?)``", r"`\1`", "\n\n".join(paragraphs))
