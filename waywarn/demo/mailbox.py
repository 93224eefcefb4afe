"""An SMTP server on loopback that keeps the mails it receives; for the demo and the tests.

Never part of the service: it needs aiosmtpd, which only the ``demo`` extra installs.
"""

import asyncio
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Every mail sent to a loopback port, in order of arrival.

    Parameters
    ----------
    on_mail
        Called with each mail as it arrives.
    """

    def __init__(self, on_mail: Callable[[EmailMessage], None] = lambda _: None) -> None:
        self.mails: list[EmailMessage] = []
        self._arrived = asyncio.Condition()
        self._on_mail = on_mail

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> tuple[asyncio.Server, int]:
        """Listen, on any free port unless one is given; gives the server and the port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", enable_SMTPUTF8=True), host, port
        )
        bound: int = server.sockets[0].getsockname()[1]
        return server, bound

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take a mail in; aiosmtpd calls this."""
        content = envelope.original_content or b""
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)  # noqa: S101 (what policy.default makes)
        async with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()
        self._on_mail(mail)
        return "250 kept"

    async def wait_for(self, count: int) -> None:
        """Wait until `count` mails have arrived in all."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.mails) >= count)


def text_of(mail: EmailMessage) -> str:
    """Give the plain text of a mail."""
    part = mail.get_body(preferencelist=("plain",))
    return str(part.get_content()).strip() if part is not None else ""
