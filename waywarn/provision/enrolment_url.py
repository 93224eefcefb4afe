"""The address of the door: as a person copies it, and as a QR code holds it.

What a browser or a proxy logs of an address ends at its ``#``: pin and token of a tracker stand behind it.
A phone's own program sends the whole address, so that its token stands in the query.
"""

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from waywarn.provision.token import Token

MAX_URL = 2048
ENROL_PATH, PHONE_PATH = "/enroll", "/linphone"
DEFAULT_PORT = 443
_PIN = re.compile(r"[0-9a-f]{64}")


class EnrolmentUrlError(ValueError):
    """An address that cannot be used; the text says why and never holds a token."""


@dataclass(frozen=True, slots=True)
class EnrolmentUrl:
    """Where a tracker enrols.

    Parameters
    ----------
    host, port
        Of the service's HTTPS door.
    pin
        SHA-256 of its certificate in lower-case hex; "": it is checked as any certificate.
    token
        Where the address carries one.

    Examples
    --------
    >>> url = EnrolmentUrl.read("https://home.example.org:8443/enroll#sha256=" + "ab" * 32)
    >>> url.host, url.port, url.pin[:4], url.token
    ('home.example.org', 8443, 'abab', None)
    """

    host: str
    port: int
    pin: str = ""
    token: Token | None = field(default=None, repr=False)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read one.

        Raises
        ------
        EnrolmentUrlError
            It is none.
        """
        try:
            parts = urlsplit(text.strip()) if len(text) <= MAX_URL else None
            port = parts.port if parts else None
        except ValueError:
            parts = port = None
        if parts is None or parts.scheme != "https" or not parts.hostname:
            raise EnrolmentUrlError("it is not of the form https://host:port/enroll#sha256=...")
        if not _is_host(parts.hostname):
            raise EnrolmentUrlError(
                f"its host {parts.hostname[:80]!r} cannot be one: it was not copied whole"
            )
        if parts.path not in {"", "/", ENROL_PATH} or parts.query or parts.username is not None:
            raise EnrolmentUrlError(f"its path is not {ENROL_PATH}; a phone's address is for the phone")
        fields = dict(parse_qsl(parts.fragment))
        pin = fields.get("sha256", "").lower().replace(":", "")
        if pin and not _PIN.fullmatch(pin):
            raise EnrolmentUrlError("sha256 is not 64 hex digits: it was not copied whole")
        token = Token.read(fields["token"]) if "token" in fields else None
        if token is None and "token" in fields:
            raise EnrolmentUrlError("its token is none: it was not copied whole")
        return cls(parts.hostname, DEFAULT_PORT if port is None else port, pin, token)

    def __str__(self) -> str:
        fragment = [f"sha256={self.pin}"] if self.pin else []
        if self.token is not None:
            fragment.append(f"token={self.token}")
        return f"{origin(self.host, self.port)}{ENROL_PATH}" + ("#" + "&".join(fragment) if fragment else "")


def _is_host(name: str) -> bool:
    """Tell whether a host can be looked up at all: an empty or overlong label ends in no declared error."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def phone_url(host: str, port: int, token: Token) -> str:
    """Give the address that an ordinary phone fetches its settings from."""
    return f"{origin(host, port)}{PHONE_PATH}?token={token}"


def origin(host: str, port: int) -> str:
    """Give ``https://host:port`` without the port that goes without saying."""
    name = f"[{host}]" if ":" in host else host
    return f"https://{name}" + ("" if port == DEFAULT_PORT else f":{port}")
