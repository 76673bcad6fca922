"""Ways to damage a model file, drawn from a seed: at random, or as one with bad intent would."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from model_files import parts_of, written

#: Values that readers stumble over.
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, -1, 7, 0.5, -0.0, 1e-320, 1e308, -1e308, 2**31, 2**63, 10**400,
    "", " ", "x", "own", "auto", "none", "\0", "\x1b[2J", "{x}", "%s", "../../x", "é" * 300, "😀",
    [], {}, [[]], [None], {"": 0}, [0] * 50,
)  # fmt: skip


def flipped(content: bytes, draw: random.Random) -> bytes:
    """A few bits turned."""
    found = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 8])):
        found[draw.randrange(len(found))] ^= 1 << draw.randrange(8)
    return bytes(found)


def cut(content: bytes, draw: random.Random) -> bytes:
    """The beginning, or a piece left out."""
    start, end = sorted(draw.randrange(len(content)) for _ in range(2))
    return content[:start] if draw.random() < 0.5 else content[:start] + content[end:]


def grown(content: bytes, draw: random.Random) -> bytes:
    """A piece twice, or strange bytes in between."""
    start, end = sorted(draw.randrange(len(content)) for _ in range(2))
    more = content[start:end] if draw.random() < 0.5 else draw.randbytes(draw.randrange(1, 99))
    return content[:end] + more + content[end:]


def swapped(content: bytes, draw: random.Random) -> bytes:
    """Two pieces in each other's place."""
    a, b, c, d = sorted(draw.randrange(len(content)) for _ in range(4))
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def measured(content: bytes, draw: random.Random) -> bytes:
    """Another length of the header."""
    length = int.from_bytes(content[:8], "little")
    length = draw.choice([length - 1, length + 1, length // 2, 0, 2**31, 2**62, len(content) - 8])
    return length.to_bytes(8, "little") + content[8:]


def reheaded(content: bytes, draw: random.Random) -> bytes:
    """The header's own JSON edited: names, types, shapes and places of the tensors."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    entries = {name: value for name, value in header.items() if name != "__metadata__"}
    spoil(entries, draw)
    text = json.dumps({"__metadata__": header["__metadata__"]} | entries).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


#: What happens to bytes, by name.
ACCIDENTS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flipped, cut, grown, swapped, measured, reheaded,
)  # fmt: skip


def places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a tree of JSON values: what holds it, and under which key or number."""
    keys = list(tree) if isinstance(tree, dict) else range(len(tree))
    for key in keys:
        yield tree, key
        if isinstance(tree[key], (dict, list)):
            yield from places(tree[key])


def spoil(tree: Any, draw: random.Random) -> None:
    """Change one place of a tree: another value, none, one more, another's."""
    every = list(places(tree))
    # Each depth as likely as the others: most places are numbers of a history.
    holder, key = draw.choice(every) if draw.random() < 0.3 else _walked(tree, draw)
    how = draw.randrange(6)
    if how == 0:
        del holder[key]
    elif how == 1:
        other_holder, other = draw.choice(every)
        holder[key] = copy.deepcopy(other_holder[other])
    elif how == 2 and isinstance(holder, list):
        holder.extend([copy.deepcopy(holder[key])] * draw.choice([1, 2, 300]))
    elif how == 3 and isinstance(holder, dict):
        holder[draw.choice([*holder, "other"])] = holder.pop(key)
    elif how == 4 and isinstance(holder[key], (int, float)):
        holder[key] = holder[key] * draw.choice([-1, 0, 2, 1e300]) + draw.choice([0, 1, -1])
    else:
        holder[key] = copy.deepcopy(draw.choice(STRANGE))


def _walked(tree: Any, draw: random.Random) -> tuple[Any, Any]:
    """A place that is found by going down, any way as likely as another."""
    while True:
        key = draw.choice(list(tree)) if isinstance(tree, dict) else draw.randrange(len(tree))
        below = tree[key]
        if not isinstance(below, (dict, list)) or not below or draw.random() < 0.2:
            return tree, key
        tree = below


def forged(file: Path, to: Path, draw: random.Random) -> Path:
    """A file whose document or tensors were edited, and which was sealed anew."""
    document, tensors = parts_of(file)
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        if draw.random() < 0.9:
            spoil(document, draw)
        else:
            name = draw.choice(list(tensors))
            strange = draw.choice([0.0, 1e30, np.inf, np.nan])
            tensor = tensors[name]
            found = [tensor * 2, tensor.reshape(-1)[:1], np.full_like(tensor, strange)]
            tensors[name] = np.asarray(draw.choice(found))
    return written(document, tensors, to)
