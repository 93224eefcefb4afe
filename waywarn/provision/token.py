"""One-time tokens: how one looks, what is stored of it, and what its use comes to.

Keeping them is ``store/tokens.py``; who may try how often is ``attempts.py``.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Self

TOKEN_BYTES = 20  # 160 bits: nobody guesses one, so a fast hash of it is safe to store
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letter looks like a digit
_GROUP = 4
_DIGITS = TOKEN_BYTES * 8 // 5
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_WRITTEN = re.compile(f"[{_ALPHABET}]{{{_DIGITS}}}")
MAX_WRITTEN = 80  # as people copy one: with hyphens and blanks


class TokenKind(StrEnum):
    """What is fetched with it: the file of a tracker, or the settings of an ordinary phone."""

    TRACKER = "tracker"
    PHONE = "phone"


class TokenRefusal(StrEnum):
    """Why a token gives nothing."""

    UNKNOWN = "unknown"  # never issued, or replaced by a later one
    OTHER_KIND = "other_kind"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is not stored: whoever has it may enrol one device, once.

    Its hash is stored, without salt and without a slow function: those protect what people choose, and
    this is 160 random bits (docs/decisions/0073).

    Examples
    --------
    >>> token = Token.fresh(lambda count: bytes(count))
    >>> str(token)
    '0000-0000-0000-0000-0000-0000-0000-0000'
    >>> Token.read("oooo 0000-0000-0000-0000-0000-0000 0000") == token
    True
    >>> Token.read("0000") is None
    True
    """

    digits: str = field(repr=False)

    @classmethod
    def fresh(cls, random_bytes: Callable[[int], bytes]) -> Self:
        """Make one from so many random bytes, which the caller has from the system."""
        number = int.from_bytes(random_bytes(TOKEN_BYTES))
        return cls("".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_DIGITS))))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read one as a person or a program writes it; None where it can be none."""
        if len(text) > MAX_WRITTEN or not text.isascii():
            return None
        digits = text.upper().translate(_ALIKE)
        return cls(digits) if _WRITTEN.fullmatch(digits) else None

    @property
    def hashed(self) -> str:
        """What is stored, and looked up: nobody can steer it, so the time of a look tells nothing."""
        return hashlib.sha256(self.digits.encode()).hexdigest()

    def __str__(self) -> str:
        return "-".join(self.digits[at : at + _GROUP] for at in range(0, _DIGITS, _GROUP))


class Issue(NamedTuple):
    """A token to be issued: of which kind, and until when it may be used."""

    token: Token
    kind: TokenKind
    expires_at: float


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token."""

    account: str
    kind: TokenKind
    expires_at: float
    used_at: float | None

    def refusal(self, kind: TokenKind, now: float) -> TokenRefusal | None:
        """Tell why it gives nothing now; None where it does. It has expired at `expires_at`."""
        if kind is not self.kind:
            return TokenRefusal.OTHER_KIND
        if self.used_at is not None:
            return TokenRefusal.USED
        return TokenRefusal.EXPIRED if now >= self.expires_at else None
