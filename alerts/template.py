"""Sentences with gaps: ``{device} is late[ by {value}]``; a bracket falls away where its word is unknown."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial

_OPTIONAL = re.compile(r"\[([^]]*)]")
_LAST_OPTIONAL = re.compile(r"(.*)\[[^]]*]", re.DOTALL)
_GAP = re.compile(r"{(\w+)}")

SHORT_NAME = 12  # what is shorter tells no longer who is meant

Words = Mapping[str, str]


def fill(template: str, words: Words) -> str:
    """Fill the gaps.

    Parameters
    ----------
    template
        Text with ``{gaps}`` and ``[parts]`` that fall away whole where one of their words is unknown.
    words
        By the names of the gaps; what is empty or missing is unknown.

    Returns
    -------
    str
        Empty where a word outside brackets is unknown: a line that says nothing is left out.

    Examples
    --------
    >>> fill("{device} is late[ by {value}]", {"device": "anna", "value": "12 min"})
    'anna is late by 12 min'
    >>> fill("{device} is late[ by {value}]", {"device": "anna"}), fill("By {value}", {})
    ('anna is late', '')
    """
    whole = _OPTIONAL.sub(lambda match: match[1] if _is_known(match[1], words) else "", template)
    return _GAP.sub(lambda match: words[match[1]], whole) if _is_known(whole, words) else ""


def fill_within(room: int, template: str, words: Words, names: frozenset[str]) -> str:
    """Fill the gaps within so many characters; the news stays whole.

    Long names are cut, but not to stumps; then optional parts fall away, the last first; then names are cut
    as far as needed.

    Examples
    --------
    >>> fill_within(24, "{device} is off route", {"device": "van-of-the-bakery"}, frozenset({"device"}))
    'van-of-the… is off route'
    """
    text = ""
    for shorter, least in _shorter(template):
        for most in range(room, least - 1, -1):
            text = fill(shorter, with_names(words, names, partial(cut, room=most)))
            if len(text) <= room:
                return text
    return cut(text, room)


def _shorter(template: str) -> Iterator[tuple[str, int]]:
    """Give the template with fewer and fewer optional parts, each with the shortest name that fills it."""
    yield template, SHORT_NAME
    while "[" in template:
        template = _LAST_OPTIONAL.sub(r"\1", template)
        yield template, SHORT_NAME
    yield template, 1


def with_names(words: Words, names: frozenset[str], change: Callable[[str], str]) -> Words:
    """Give the words with those that are names changed."""
    return {key: change(word) if key in names and word else word for key, word in words.items()}


def cut(text: str, room: int) -> str:
    """Cut a text to so many characters, visibly."""
    return text if len(text) <= room else text[: max(room - 1, 0)].rstrip() + "…"


def _is_known(template: str, words: Words) -> bool:
    return all(words.get(gap) for gap in _GAP.findall(template))
