"""The way out: one message to one address through apprise, and what came of it.

The only file that imports apprise, and only when something is read or sent. When to send, and what
a failure means for a delivery, is decided in ``dispatcher.py``.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote

if TYPE_CHECKING:
    from alerts.recipient import Address

# A mail server may think for a while between two lines; apprise's own default for mail is 15 s.
CONNECT_TIMEOUT_S = 15.0
# SMS gateways answer after the network took the message. Giving up too early tells twice.
READ_TIMEOUT_S = 15.0
# apprise's own 4 s, where a URL says nothing else
_APPRISE_TIMEOUT_S = 4.0
# No whole call takes longer, however slowly a server drips: `send` always comes back.
CALL_TIMEOUT_S = 60.0
# The longest URL that a person could have meant; regular expressions run over it.
MAX_URL_LENGTH = 2048
# Shorter pieces of a URL are no secrets, and hiding them would make every reason unreadable.
_SHORTEST_SECRET = 4
# Web hooks carry their token in the path, which apprise's own masking shows.
_HOOKS = ("json", "xml", "form")


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel confirmed the message."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The channel did not confirm it.

    Parameters
    ----------
    reason
        For people; secrets are masked.
    permanent
        True where trying again cannot help: the configuration is wrong.
    """

    reason: str
    permanent: bool = False


class Channel(Protocol):
    """Whatever can carry a message to an address; one call, one message, no repetition inside."""

    def send(self, address: "Address", title: str, body: str) -> Sent | Failed:
        """Send; an outcome is returned, never raised. Called from several threads at once."""
        ...


class AppriseChannel:
    """Send through apprise, one address per call.

    apprise's single answer for several addresses hides which of them failed, and its own retries
    would tell the others again: so each call has one address and no retry. The object that apprise
    makes of a URL is made anew for each message; it holds nothing worth keeping, and its pacing would
    block the thread.
    """

    __slots__ = ()

    def send(self, address: "Address", title: str, body: str, *, files: Sequence[Path] = ()) -> Sent | Failed:
        """Send one message.

        Parameters
        ----------
        address, title, body
            To whom, and what.
        files
            Attached to it. Where a channel cannot carry files nothing is sent: apprise would leave them out
            without a word.

        Returns
        -------
        Sent or Failed
            `Sent` only after the server's last confirmation. A call that ran out of time is `Failed`
            though the server may have taken the message: the repetition may tell twice, never not.
        """
        import apprise  # here, because it takes a quarter of a second

        service, problem = _open(address.url)
        if service is None:
            return Failed(problem, permanent=True)
        if files and not service.attachment_support:
            return Failed(f"{_scheme(address.url)} cannot carry files", permanent=True)
        sender = apprise.Apprise(asset=service.asset)
        sender.add(service)
        with sender.notify(
            body=body,
            title=title,
            body_format=apprise.NotifyFormat.TEXT,
            attach=[_attachment(file) for file in files] or None,
            log_level=logging.DEBUG,
        ) as result:
            # Only full success is true; SUCCESS itself is 0 and would be false.
            if result:
                return Sent()
            nobody = result.status == apprise.AppriseResultStatus.NOMATCH
            reason = f"{result.status.name.lower()}: {_why(result.logs())}"
        return Failed(_without_secrets(reason, address.url), permanent=nobody)


def carries_files(url: str) -> bool:
    """Tell whether the channel of a URL can carry files.

    Examples
    --------
    >>> carries_files("mailto://anna:secret@mail.example.org"), carries_files("clicksend://u:pw@+431234567")
    (True, False)
    """
    service, _ = _open(url)
    return service is not None and bool(service.attachment_support)


def problem_of_url(url: str) -> str | None:
    """Say what makes a URL unfit for alarms; None if nothing does. The text holds no secret."""
    return _open(url)[1] or None


def masked_url(url: str) -> str:
    """Show a URL without its secrets; of one that apprise cannot read, only the scheme.

    Examples
    --------
    >>> masked_url("mailto://anna:secret@mail.example.org?to=mother@example.org")
    'mailto://anna:****@mail.example.org/mother%40example.org'
    """
    service, _ = _open(url)
    if service is None:
        return _scheme(url)
    shown = str(service.url(privacy=True)).partition("?")[0].rstrip("/")
    scheme, _, rest = shown.partition("://")
    if scheme.rstrip("s") in _HOOKS:
        rest = rest.partition("/")[0] + ("/****" if "/" in rest else "")
    return f"{scheme}://{rest}"


def _attachment(file: Path) -> Any:
    from apprise.attachment.file import (
        AttachFile,
    )  # not by a URL: a path may hold what a URL reads as options

    return AttachFile(str(file))  # type: ignore[no-untyped-call] # apprise has no types


def _open(url: str) -> tuple[Any, str]:
    """Make apprise's object of a URL, or say why it is unfit for alarms."""
    import apprise  # see AppriseChannel.send

    _quieten_apprise()
    if len(url) > MAX_URL_LENGTH:
        return None, f"{_scheme(url)} is {len(url)} characters long; at most {MAX_URL_LENGTH} are read"
    asset = apprise.AppriseAsset(
        app_id="waywarn",
        app_desc="waywarn",
        async_mode=False,
        interpret_emojis=False,
        service_timeout=CALL_TIMEOUT_S,
    )
    try:
        service = apprise.Apprise.instantiate(url, asset=asset)
    except Exception:  # noqa: BLE001  a hundred plugins parse what a person wrote; none may take the service down
        service = None
    if service is None:
        return None, f"{_scheme(url)} is no address that apprise can read; is something missing or misspelt?"
    if service.optional:
        return None, f"{_scheme(url)} says optional=yes, which would hide every failure; leave it out"
    # The outbox retries. With batches, apprise's count of targets would be 1 for any number of them.
    service.retry = 0
    if hasattr(service, "batch"):
        service.batch = False
    if len(service) != 1:
        return None, f"{_scheme(url)} names {len(service)} targets; give each its own address"
    service.socket_connect_timeout = min(service.socket_connect_timeout, CONNECT_TIMEOUT_S)
    if service.socket_read_timeout == _APPRISE_TIMEOUT_S:
        service.socket_read_timeout = READ_TIMEOUT_S
    return service, ""


def _quieten_apprise() -> None:
    """Keep the logs of apprise and its HTTP library to themselves: they write tokens and whole messages.

    What is said of a failed call is captured with the call's result, at every level, and masked there.
    """
    for name in ("apprise", "urllib3"):
        log = logging.getLogger(name)
        log.propagate = False
        if not log.handlers:
            log.addHandler(logging.NullHandler())
    logging.getLogger("apprise").setLevel(logging.DEBUG)  # or nothing below a warning could be captured


def _why(logs: Iterable[Any]) -> str:
    """Pick what helps a person: warnings, and the exception that apprise says at debug level only."""
    said: list[str] = []
    for entry in logs:
        message = " ".join(str(entry.message).split())
        telling = entry.level in {"WARNING", "ERROR", "CRITICAL"} or message.startswith("Socket Exception")
        if telling and message not in said:
            said.append(message)
    return "; ".join(said) or "apprise gives no reason"


def _without_secrets(text: str, url: str) -> str:
    """Mask every piece of the URL that its masked form does not show; names of options are no secrets."""
    shown = unquote(masked_url(url))
    place, _, options = url.partition("?")
    values = [option.partition("=")[2] or option for option in options.split("&")]
    raw = [*values, *(piece for part in (place, *values) for piece in re.split(r"[/:@#,+]", part))]
    for piece in sorted({*raw, *map(unquote, raw)}, key=len, reverse=True):
        if len(piece) >= _SHORTEST_SECRET and piece not in shown:
            text = text.replace(piece, "****")
    return text


def _scheme(url: str) -> str:
    scheme, colon, _ = url.partition("://")
    return f"{scheme}://****" if colon and re.fullmatch(r"[A-Za-z0-9]{1,20}", scheme) else "the text"
