"""Certificates: the pin of one, and one that we sign ourselves, for a home without a name in the DNS."""

import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MAX_BYTES = 1_000_000  # of a file with a chain of certificates
_CLOCK_SKEW = timedelta(days=1)  # a device whose clock is behind must accept it too


class CertificateError(ValueError):
    """A certificate's file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What devices are told of a certificate.

    Parameters
    ----------
    pin
        SHA-256 of it in lower-case hex.
    is_self_signed
        Whether it vouches for itself: then only the pin tells a device that it is ours. Of one that an
        authority signed nothing is pinned: the next one, in some weeks, has another hash.
    """

    pin: str
    is_self_signed: bool

    @property
    def needed_pin(self) -> str:
        """The pin where a device needs it, else ""."""
        return self.pin if self.is_self_signed else ""


def read_certificate(file: Path) -> Certificate:
    """Read the first certificate of a PEM file.

    Raises
    ------
    CertificateError
        There is none.
    """
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_BYTES)
        held = x509.load_pem_x509_certificate(text)
        return Certificate(
            hashlib.sha256(held.public_bytes(serialization.Encoding.DER)).hexdigest(),
            held.issuer == held.subject,
        )
    except OSError as error:
        raise CertificateError(f"certificate {file} cannot be read ({error.strerror})") from None
    except (ValueError, TypeError):
        raise CertificateError(f"certificate {file} is no certificate in PEM form") from None


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make what a server speaks TLS with: 1.2 or 1.3.

    Raises
    ------
    CertificateError
        The files cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, "")  # a password would be asked for on a terminal
    except OSError as error:  # an SSLError too
        said = error.strerror or str(error)
        raise CertificateError(
            f"certificate {certificate} with key {key} cannot be used ({said}); "
            "`waywarn device certificate` makes both"
        ) from None
    return context


def self_signed(hosts: Sequence[str], *, now: float, valid_days: int) -> tuple[bytes, bytes]:
    """Make a certificate for names and addresses, and its key; both as PEM.

    Raises
    ------
    CertificateError
        A name cannot stand in a certificate.
    """
    names = [_general_name(host) for host in hosts]
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    begin = datetime.fromtimestamp(now, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - _CLOCK_SKEW)
        .not_valid_after(begin + timedelta(days=valid_days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
    )
    made = builder.sign(key, hashes.SHA256())
    written = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), written


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        if host.encode("idna"):  # as whoever asks for it does: labels of 1 to 63 letters
            return x509.DNSName(host)
    except ValueError:
        pass
    raise CertificateError(f"{host[:60]!r} cannot stand in a certificate; give a name or an IP address")
