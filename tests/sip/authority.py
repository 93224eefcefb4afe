"""One who signs certificates, with files as a person would have them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Authority:
    """Signs certificates; ``file`` is its own."""

    def __init__(self, folder: Path, name: str = "ours") -> None:
        self._authority, self._folder, self._name = trustme.CA(), folder, name
        self.file = folder / f"{name}.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def issue(self, host: str, *, days: int = 1) -> tuple[Path, Path]:
        """Write a certificate, which ends in so many days, and its key."""
        now = datetime.now(UTC)
        begin, end = now - timedelta(days=99), now + timedelta(days=days)
        issued = self._authority.issue_cert(host, not_before=begin, not_after=end)
        certificate, key = (self._folder / f"{self._name}-{host}.{kind}" for kind in ("crt", "key"))
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(key)
        key.chmod(0o600)
        return certificate, key
