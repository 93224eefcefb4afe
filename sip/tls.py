"""TLS of the server and of a client: which versions, whose certificates, and how a server is known.

Where it is spoken is ``server/connections.py`` and ``device/channel.py``.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from sip.errors import CallerError

PIN_DIGITS = 64  # of SHA-256, in hex


class TlsVersion(StrEnum):
    """The least version that is spoken."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


_OF_SSL = {TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2, TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """With what a server shows who it is, and whom it asks the same.

    Parameters
    ----------
    certificate, key
        PEM files: the certificate with those that signed it, and its key, which no password guards.
    client_certificates
        PEM file of those who sign clients' certificates; clients are asked for theirs, and a wrong one is
        refused.
    requires_client
        Refuse a client without a certificate, too.
    least
        The least version that is spoken.
    """

    certificate: Path
    key: Path
    client_certificates: Path | None = None
    requires_client: bool = False
    least: TlsVersion = TlsVersion.TLS_1_3

    def context(self) -> ssl.SSLContext:
        """Read the files.

        Raises
        ------
        CallerError
            A file cannot be read, or is not what it should be; the text names it.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = _OF_SSL[self.least]
        # a password would be asked for on a terminal that a service does not have
        _load(context.load_cert_chain, self.certificate, self.key, "")
        if self.client_certificates is not None:
            _load(context.load_verify_locations, self.client_certificates)
            context.verify_mode = ssl.CERT_REQUIRED if self.requires_client else ssl.CERT_OPTIONAL
        return context

    def doubt(self) -> str:
        """Say why a client would refuse the certificate whoever had signed it: its dates. Else nothing."""
        server, client = self.context(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it vouches for itself
        _load(client.load_verify_locations, self.certificate)
        return _shake_hands(server, client)


@dataclass(frozen=True, slots=True)
class ServerTrust:
    """How a client knows its server.

    Parameters
    ----------
    authorities
        PEM file of those who sign the server's certificate; None for those that the system trusts.
    pin
        SHA-256 of the server's certificate (DER), 64 hex digits: then that one it must be, whoever
        signed it, whatever name and dates stand in it.
    """

    authorities: Path | None = None
    pin: str | None = None

    def __post_init__(self) -> None:
        pin = self.pin
        if pin is not None and (len(pin) != PIN_DIGITS or not set(pin) <= set("0123456789abcdef")):
            raise CallerError(f"pin {pin[:80]!r} is not {PIN_DIGITS} lower-case hex digits")

    def context(self) -> ssl.SSLContext:
        """Make what the handshake checks; the name too, unless a pin decides.

        Raises
        ------
        CallerError
            The file cannot be read, or no certificate is in it.
        """
        if self.pin is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE  # `is_pinned` is asked instead, before anything is sent
        elif self.authorities is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            _load(context.load_verify_locations, self.authorities)
        else:
            context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # the server's own least is for the server to say
        return context

    def is_pinned(self, certificate: bytes | None) -> bool:
        """Tell whether a server's certificate (DER) is the one; without a pin the handshake has decided."""
        return self.pin is None or (certificate is not None and pin_of(certificate) == self.pin)


def pin_of(certificate: bytes) -> str:
    """Give the pin of a certificate in DER."""
    return sha256(certificate).hexdigest()


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    """Let two ends meet in memory; gives why the client refuses the server, if it does."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)
    for end in ends * 2:  # hello, its answer, and the client's word about it
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except ssl.SSLError:
            return ""  # the server misses the client's own certificate: not what was asked
    return ""


def _load(load: Callable[..., object], *arguments: Path | str) -> None:
    try:
        load(*arguments)
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        named = " and ".join(str(each) for each in arguments if each)
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise CallerError(f"{named}: {reason}") from None
