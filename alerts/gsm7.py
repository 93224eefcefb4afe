"""Text in the alphabet of one SMS: 3GPP TS 23.038, 6.2.1, the GSM 7-bit default alphabet.

What the message says is written in ``text.py``. One character outside this alphabet would turn the
whole message into UCS-2, where 70 characters are all there is.
"""

import unicodedata

SMS_SEPTETS = 160
ELLIPSIS = "..."

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Sent as an escape and a second septet (TS 23.038, 6.2.1.1).
EXTENSION = frozenset("\f^{}\\[~]|€")

_PUNCTUATION = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": ",",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "…": ELLIPSIS,
        "•": "-",
        "×": "x",
        "°": " deg",
        "`": "'",
        "´": "'",
        "\t": " ",
        "\f": " ",
        "\r": " ",
        "\n": " ",
    }
)
# Letters that no Unicode decomposition takes apart.
_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h"}
    | {"œ": "oe", "Œ": "OE", "ẞ": "SS", "ŋ": "ng", "Ŋ": "NG", "ĸ": "k", "ə": "e", "Ə": "E"}
)
# Small letters and how each is written; capitals follow. The hard and soft sign are not written.
_OTHER_SCRIPTS = {
    "αβγδεζηθικλμνξοπρσςτυφχψω": "a v g d e z i th i k l m n x o p r s s t y f ch ps o",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў": (
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya i yi ye g u"
    ),
}
_SMALL = {
    letter: latin.replace("-", "")
    for letters, written in _OTHER_SCRIPTS.items()
    for letter, latin in zip(letters, written.split(), strict=True)
}
_SCRIPTS = str.maketrans({letter.upper(): latin.capitalize() for letter, latin in _SMALL.items()} | _SMALL)


def septets(text: str) -> int:
    """Count the septets that a GSM-7 text takes; extension characters take two.

    Raises
    ------
    ValueError
        The text holds a character outside the alphabet.

    Examples
    --------
    >>> septets("5 €")
    4
    """
    count = 0
    for character in text:
        if character in EXTENSION:
            count += 2
        elif character in BASIC:
            count += 1
        else:
            raise ValueError(f"{character!r} is not in the GSM 7-bit alphabet")
    return count


def to_gsm7(text: str) -> str:
    """Write a text in the alphabet: near letters for what is outside, ``?`` where there are none.

    Line ends become blanks: on a lock screen they cost a line each.

    Examples
    --------
    >>> to_gsm7("Zoë – Łódź “Анна”")
    'Zoe - Lodz "Anna"'
    """
    return "".join(_written(character) for character in unicodedata.normalize("NFC", text))


def fit(text: str, link: str = "", *, limit: int = SMS_SEPTETS) -> str:
    """Join a text and a link within one SMS; the text is shortened, the link stays whole.

    Parameters
    ----------
    text
        Any text; it is brought into the alphabet.
    link
        A link that is in the alphabet already, or nothing.
    limit
        Septets there are.

    Raises
    ------
    ValueError
        The link alone is too long, or outside the alphabet.

    Examples
    --------
    >>> fit("a long story", "http://x.org", limit=20)
    'a lo... http://x.org'
    """
    room = limit - septets(link) - bool(link)
    if room < 0:
        raise ValueError(f"a link of {septets(link)} septets does not fit into {limit}")
    shortened = shorten(to_gsm7(text), room)
    return f"{shortened} {link}" if shortened and link else shortened or link


def shorten(text: str, room: int) -> str:
    """Cut a GSM-7 text to at most `room` septets, with an ellipsis where there is room for one."""
    if septets(text) <= room:
        return text
    mark = ELLIPSIS if room > len(ELLIPSIS) else ""
    return _head(text, room - len(mark)).rstrip() + mark


def _head(text: str, room: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += 2 if character in EXTENSION else 1
        if used > room:
            return text[:index]
    return text


def _written(character: str) -> str:
    if character in BASIC | EXTENSION and not character.isspace():
        return character
    for table in (_PUNCTUATION, _LETTERS, _SCRIPTS):
        if ord(character) in table:
            return character.translate(table)
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return ""  # accents of their own, joiners, variation selectors: nothing to see without their letter
    return _decomposed(character)


def _decomposed(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return " " if character.isspace() else "?"
    kept = "".join(_written(part) for part in parts)
    return kept or "?"
