"""Our own certificate: known by its pin, and good for the names and the time that it was made for."""

import hashlib
import ssl
from pathlib import Path

import pytest

from waywarn.provision.certificate import CertificateError, read_certificate, self_signed, server_context

NOW = 1_790_000_000.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    made, key = self_signed(["home.example.org", "127.0.0.1", "[::1]"], now=NOW, valid_days=30)
    (folder / "a.crt").write_bytes(made)
    (folder / "a.key").write_bytes(key)
    return folder / "a.crt", folder / "a.key"


def test_the_pin_is_the_hash_that_a_client_sees(files: tuple[Path, Path]) -> None:
    der = ssl.PEM_cert_to_DER_cert(files[0].read_text())
    held = read_certificate(files[0])
    assert held.pin == hashlib.sha256(der).hexdigest()
    assert held.needed_pin == held.pin


def test_its_names_and_its_end_are_those_asked_for(files: tuple[Path, Path]) -> None:
    from cryptography import x509

    held = x509.load_pem_x509_certificate(files[0].read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each.value) for each in names] == ["home.example.org", "127.0.0.1", "::1"]
    assert held.not_valid_after_utc.timestamp() == NOW + 30 * 86_400


def test_a_server_speaks_no_old_tls(files: tuple[Path, Path]) -> None:
    assert server_context(*files).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_that_is_none_says_so(tmp_path: Path, content: bytes | None, files: tuple[Path, Path]) -> None:
    file = tmp_path / "b.crt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CertificateError, match=r"b\.crt"):
        read_certificate(file)
    with pytest.raises(CertificateError, match=r"waywarn device certificate"):
        server_context(file, files[1])


def test_a_name_that_cannot_be_certified_is_named() -> None:
    with pytest.raises(CertificateError, match="'höme'"):
        self_signed(["höme"], now=NOW, valid_days=1)
