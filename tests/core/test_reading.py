"""Files and values that are not as they should be are refused in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from vibench.core.errors import InputError, TaskError
from vibench.core.files import is_plain_name
from vibench.core.reading import (
    parse_json,
    parse_number,
    parse_object,
    parse_own_json,
    parse_toml,
    read_text,
    understood,
)


@dataclass(frozen=True)
class Thing:
    name: str
    size: float
    count: int = 0
    sure: bool = False
    kind: Literal["a", "b"] = "a"
    parts: Mapping[str, float] | None = None
    words: tuple[str, ...] = ()
    more: Any = None


def test_whatever_a_block_raises_names_the_place():
    message = r"x\.json: expected a list, but: KeyError: 'name'"
    with pytest.raises(InputError, match=message), understood("x.json", "a list"):
        _ = {}["name"]
    with pytest.raises(TaskError, match="as it was"), understood("x.json", "a list"):
        raise TaskError("as it was")


@pytest.mark.parametrize("name", ["none", "a\0b", "x" * 300, "folder"])
def test_texts_that_cannot_be_read(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot read"):
        read_text(tmp_path / name)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot read"):
        read_text(tmp_path / "x")


@pytest.mark.parametrize(
    "text", ["{", "[1]", "3", '{"a": ' * 100_000, '{"a": ' + "9" * 5000 + "}", '{"a": "\\ud800"}']
)
def test_json_that_is_no_object(text):
    with pytest.raises(InputError, match=r"^place: "):
        parse_json(text, "place")


@pytest.mark.parametrize("schema", ["2", "null", '"1"', "{}", "[1]"])
def test_json_of_another_schema(schema):
    with pytest.raises(InputError, match=r"place has schema .*, this version reads schema 1"):
        parse_own_json(f'{{"schema": {schema}}}', "place")


@pytest.mark.parametrize("text", ["a = ", "a = " + "[" * 100_000, "a = " + "9" * 5000])
def test_toml_that_is_none(text):
    with pytest.raises(InputError, match="place: not valid TOML"):
        parse_toml(text, "place")


@pytest.mark.parametrize("text", ["1_0", "\u0661", "x", "", "0x1"])
def test_numbers_that_are_none(text):
    with pytest.raises(ValueError, match=r"."):
        parse_number(text)


def test_objects_are_built_from_their_fields():
    content = {"name": "x", "size": 1, "parts": {"a": 1.5}, "words": ("y",), "more": [None]}
    assert parse_object(Thing, content, "place") == Thing(**content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nmae": "x"}, r"unknown key 'nmae'\. Did you mean 'name'"),
        ({"name": 3}, "name is 3"),
        ({"size": True}, "size is True"),
        ({"size": "1"}, "size is '1'"),
        ({"count": 1.5}, "count is 1.5"),
        ({"count": 2**63}, "count is 9223372036854775808"),
        ({"size": 10**400}, "size is 1000"),
        ({"sure": 1}, "sure is 1"),
        ({"kind": "c"}, "kind is 'c'"),
        ({"kind": []}, "kind is <class 'list'>"),
        ({"parts": {"a": "b"}}, "parts is"),
        ({"parts": {1: 1.0}}, "parts is"),
        ({"words": ["y"]}, "words is"),
        ({"words": (3,)}, "words is"),
        ({"size": np.zeros(2)}, "size is"),
    ],
)
def test_fields_of_another_type_are_named(change, message):
    with pytest.raises(InputError, match=f"place: {message}"):
        parse_object(Thing, {"name": "x", "size": 1.0} | change, "place")


@pytest.mark.parametrize("content", [None, [], "x", {"name": "x"}])
def test_objects_that_are_none(content):
    with pytest.raises(InputError, match=r"place: expected .*Thing"):
        parse_object(Thing, content, "place")


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a/b", "a\\b", "C:", "a\0", "a\n", "CON", "nul.txt", "com1", "a.", " a", "a ",
     "x" * 256, "\u202etxt.exe", "\u2028", "\ud800", "a?", "a*", "<a>", 'a"', "a|b"],
)  # fmt: skip
def test_names_that_are_no_file_on_some_system(name):
    assert not is_plain_name(name)


@pytest.mark.parametrize("name", ["a", "a.b", "PaiNN, seed 0", "été", "console", ".hidden", "水"])
def test_names_that_are_files_everywhere(name, tmp_path: Path):
    assert is_plain_name(name)
    (tmp_path / name).touch()
