"""Damage: how good files become bad ones, each a pure function of the file and a random stream."""

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any, Final

import tomli_w

type Mutation = Callable[[bytes, Random], bytes]
"""From the bytes of a file to those of a damaged one."""

TOKENS: Final = (
    *(b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"1e400", b"-1e400", b"1e-400", b"-1", b"0"),
    *(b"-0.0", b"1", b"2", b"1e3", b"0x10", b"1_0", b"1,5", b"1.2.3", b"--1", b"+", b"-", b"."),
    *(b"99999999999999999999", b"9223372036854775807", b"-9223372036854775808", b"2147483648"),
    *(b"4294967296", b"1000000000", b"9" * 5000, b"1e999999999", b"true", b"null", b"None", b""),
    *(b" ", b"\t", b"\n", b"\r\n", b"\r", b"\x00", b"\x1b[31m", b"\xff\xfe", b"\xef\xbb\xbf"),
    *(b"\xe2\x80\xa8", b"\xc2\x85", b"\x0c", b"\x80", b"\xed\xa0\x80", b'"', b"'", b"\\", b"#"),
    *(b"$$", b"##", b"##END=", b"=", b":", b";", b",", b"|", b"[", b"]", b"{", b"}", b"{}", b"[]"),
    *(b"%s%n", b"../../x", b"/etc/passwd", b"~nobody", b"~", b"$HOME", b"${NONE}", b"\xcf\x80"),
    *("\u0661\u0662".encode(), "\u00b2".encode(), b"a" * 20000, b"__class__", b"_JSON []"),
)
"""What is put where something else was expected."""

_NUMBER: Final = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")
_WORD: Final = re.compile(rb"[A-Za-z_][A-Za-z_0-9.\-]*")


def damaged(content: bytes, own: Sequence[Mutation], rng: Random) -> bytes:
    """Return *content* damaged one to four times: in the ways of its format, then in any."""
    times = rng.choice((1, 1, 1, 2, 2, 3, 4))
    # First, as damage to what a file holds needs a file that can still be opened.
    special = sum(rng.random() < 0.5 for _ in range(times)) if own else 0
    for number in range(times):
        content = rng.choice(own if number < special else GENERIC)(content, rng)
    return content


def flip_bits(content: bytes, rng: Random) -> bytes:
    """Flip one to eight bits."""
    found = bytearray(content)
    for _ in range(rng.randint(1, 8) if found else 0):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def set_bytes(content: bytes, rng: Random) -> bytes:
    """Set a few neighbouring bytes to extreme or random values."""
    size = rng.choice((1, 2, 4, 8))
    value = rng.choice((b"\x00" * size, b"\xff" * size, b"\x7f" + b"\xff" * 7, rng.randbytes(size)))
    place = rng.randrange(len(content) + 1)
    return content[:place] + value[:size] + content[place + size :]


def cut_off(content: bytes, rng: Random) -> bytes:
    """Keep only the beginning."""
    return content[: rng.randrange(len(content) + 1)]


def move_block(content: bytes, rng: Random) -> bytes:
    """Take out a block, and put it back nowhere, elsewhere, or twice."""
    start = rng.randrange(len(content) + 1)
    end = min(len(content), start + rng.choice((1, 4, 16, 64, 256, 4096)))
    block, rest = content[start:end], content[:start] + content[end:]
    place = rng.randrange(len(rest) + 1)
    return rest[:place] + block * rng.randrange(3) + rest[place:]


def move_line(content: bytes, rng: Random) -> bytes:
    """Take out a line, and put it back nowhere, elsewhere, or many times."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    line = lines.pop(rng.randrange(len(lines)))
    place = rng.randrange(len(lines) + 1)
    lines[place:place] = [line] * rng.choice((0, 1, 1, 2, 50))
    return b"".join(lines)


def insert_token(content: bytes, rng: Random) -> bytes:
    """Put a hostile token anywhere."""
    place = rng.randrange(len(content) + 1)
    return content[:place] + rng.choice(TOKENS) + content[place:]


def replace_number(content: bytes, rng: Random) -> bytes:
    """Put a hostile token in place of a number."""
    return _replace(content, _NUMBER, rng.choice(TOKENS), rng)


def replace_word(content: bytes, rng: Random) -> bytes:
    """Put a hostile token, or another word of the file, in place of a word."""
    words = _WORD.findall(content[:100_000])
    token = rng.choice(words) if words and rng.random() < 0.5 else rng.choice(TOKENS)
    return _replace(content, _WORD, token, rng)


def nest(content: bytes, rng: Random) -> bytes:
    """Put brackets inside brackets inside brackets."""
    place = rng.randrange(len(content) + 1)
    opening, closing = rng.choice(((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b'{"a":', b"}")))
    depth = rng.choice((10, 1000, 100_000))
    closed = closing * depth if rng.random() < 0.5 else b""
    return content[:place] + opening * depth + closed + content[place:]


def change_line_ends(content: bytes, rng: Random) -> bytes:
    """End lines as other systems do, or not at all."""
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\x0b", b"\n\n", b" ", b"\x00\n")))


def _replace(content: bytes, pattern: re.Pattern[bytes], token: bytes, rng: Random) -> bytes:
    places = [match.span() for match in pattern.finditer(content[:100_000])]
    if not places:
        return token + content
    start, end = rng.choice(places)
    return content[:start] + token + content[end:]


GENERIC: Final[tuple[Mutation, ...]] = (
    flip_bits,
    set_bytes,
    cut_off,
    move_block,
    move_line,
    insert_token,
    replace_number,
    replace_word,
    nest,
    change_line_ends,
)
"""Damage to any file."""

TEXT: Final[tuple[Mutation, ...]] = (replace_number, replace_word, move_line, insert_token)
"""Damage that leaves most of a text as it should be."""

_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 2**63, -(2**63), 10**400, 0.5, -1.5, 1e308, "", "x", "nan"),
    *(float("nan"), float("inf"), [], {}, [[]], [None], {"": ""}, "\x00", "../../x", "/x", "~x"),
    *("a" * 20_000, "\ud800", "\u202e", "=1+1", "</script>", [1] * 1000, {"a": {"b": {"c": 1}}}),
)


def change_tree(tree: Any, rng: Random, values: Sequence[Any] = _VALUES) -> Any:
    """Return a tree of objects and lists in which one value or key is another, or is not there."""
    places = list(_places(tree))
    if not places:
        return deepcopy(rng.choice(values))
    holder, key = rng.choice(places)
    way = rng.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[rng.choice((*("", "x", "../x", "\u00e9"), str(key) + "s"))] = holder.pop(key)
    elif way == 2:
        other, place = rng.choice(places)
        holder[key] = deepcopy(other[place])
    elif way == 3 and isinstance(holder, list):
        holder.insert(key, deepcopy(holder[key]))
    else:
        holder[key] = deepcopy(rng.choice(values))
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found, waiting = [], [tree]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def change_json(content: bytes, rng: Random) -> bytes:
    """Change the tree of a JSON text; what is none any more stays as it is."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(tree, dict | list):
        return content
    for _ in range(rng.choice((1, 1, 2, 3))):
        if isinstance(tree, dict | list):
            tree = change_tree(tree, rng)
    return json.dumps(tree).encode()


def change_toml(content: bytes, rng: Random) -> bytes:
    """Change the tree of a TOML text; what is none any more stays as it is."""
    try:
        tree = tomllib.loads(content.decode())
        for _ in range(rng.choice((1, 1, 2, 3))):
            tree = change_tree(tree, rng, [value for value in _VALUES if value is not None])
        return tomli_w.dumps(tree).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return content


def change_label(content: bytes, rng: Random) -> bytes:
    """Put a hostile token behind the equals sign of a JCAMP-DX label or an extended XYZ key."""
    places = [match.span(1) for match in re.finditer(rb'=("[^"\n]*"|[^\s]*)', content[:100_000])]
    if not places:
        return content
    start, end = rng.choice(places)
    quote = rng.choice((b"", b'"', b"'"))
    return content[:start] + quote + rng.choice(TOKENS) + quote + content[end:]
