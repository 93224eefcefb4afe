"""The device's half of enrolling: one POST over HTTPS, to nobody but the server that the pin names.

What is asked of the person, and where the file goes, is ``commands/devices/enroll.py``.
"""

import hashlib
import hmac
import http.client
import json
import ssl

from waywarn.provision.enrolment_url import ENROL_PATH, EnrolmentUrl
from waywarn.provision.handout import MAX_BYTES, Handout, HandoutError
from waywarn.provision.token import Token

TIMEOUT_S = 20.0
MAX_SAID = 200


class EnrolmentError(RuntimeError):
    """The device was not enrolled; the text says why and never holds the token."""


def fetch_handout(url: EnrolmentUrl, token: Token, *, timeout_s: float = TIMEOUT_S) -> Handout:
    """Bring a token and get the device's configuration; the token is used up by that.

    Raises
    ------
    EnrolmentError
        The server cannot be reached, is not the one of the pin, or refuses.
    """
    connection = http.client.HTTPSConnection(url.host, url.port, timeout=timeout_s, context=_context(url))
    try:
        _connect(connection, url)
        return _asked(connection, url, token)
    finally:
        connection.close()


def _connect(connection: http.client.HTTPSConnection, url: EnrolmentUrl) -> None:
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise EnrolmentError(
            f"{url.host}: its certificate is not to be trusted ({error.verify_message});"
            " nothing was sent. An address with #sha256=... pins one that the server signed itself"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise EnrolmentError(f"{url.host}:{url.port} cannot be asked: {_why(error)}") from None
    _check_pin(connection, url)


def _asked(connection: http.client.HTTPSConnection, url: EnrolmentUrl, token: Token) -> Handout:
    try:
        body = json.dumps({"token": str(token)})
        connection.request("POST", ENROL_PATH, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        told = response.read(MAX_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise EnrolmentError(
            f"{url.host}:{url.port} did not answer: {_why(error)};"
            " the token may be used up: try it once more, then ask for a new one"
        ) from None
    return _read(response.status, told, response.getheader("Retry-After"))


def _why(error: OSError | http.client.HTTPException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _context(url: EnrolmentUrl) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if url.pin:  # one certificate and no other is trusted: whoever signed it, and whatever its name
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check_pin(connection: http.client.HTTPSConnection, url: EnrolmentUrl) -> None:
    if not url.pin:
        return
    held = connection.sock.getpeercert(binary_form=True) or b""
    found = hashlib.sha256(held).hexdigest()
    if not hmac.compare_digest(found, url.pin):
        raise EnrolmentError(
            f"{url.host}:{url.port} is not the server that the address names: its certificate has"
            f" sha256 {found[:16]}..., not {url.pin[:16]}...; nothing was sent"
        )


def _read(status: int, body: bytes, retry_after: str | None) -> Handout:
    if status == http.client.OK:
        try:
            return Handout.from_json(body)
        except HandoutError as error:
            raise EnrolmentError(
                f"what the server sent cannot be used: {error}; the token is used up: ask for a new one"
            ) from None
    said = _said(body)
    if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
        said = f"{said}; again in {retry_after[:6]} s"
    raise EnrolmentError(f"the server refused ({status}): {said}")


def _said(body: bytes) -> str:
    """Give what the server says, as a line that can be shown."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    said = told.get("error") if isinstance(told, dict) else None
    text = said if isinstance(said, str) else "it said nothing that can be read"
    return "".join(sign if sign.isprintable() else "?" for sign in text[:MAX_SAID])
