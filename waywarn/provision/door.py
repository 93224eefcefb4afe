"""The HTTPS door: what is asked, and what is answered. Listening is ``https.py``, deciding ``enroller.py``.

A token is never logged, nor is what a client sent; whoever asks too often waits.
"""

import asyncio
import json
import math
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from waywarn import log
from waywarn.provision.enroller import Enrolled, Enroller
from waywarn.provision.enrolment_url import ENROL_PATH, PHONE_PATH
from waywarn.provision.linphone import CONTENT_TYPE, linphone_document
from waywarn.provision.token import TokenKind, TokenRefusal
from waywarn.store import StoreUnavailableError

MAX_BODY_BYTES = 1_024  # {"token": "..."} has 50
RETRY_AFTER_S = 5  # while the store stands still
PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

SAID = {
    TokenRefusal.UNKNOWN: "this token is not known: mistyped, or replaced by a newer one",
    TokenRefusal.OTHER_KIND: "this token is for the other kind of device",
    TokenRefusal.EXPIRED: "this token has expired: ask for a new one",
    TokenRefusal.USED: "this token was used: ask for a new one",
    TokenRefusal.REVOKED: "this device was cut off",
}


class Door:
    """The requests of the door.

    Parameters
    ----------
    enroller
        Who decides.
    clock
        Wall time, UTC seconds.
    on_enrolled
        Called in the event loop before the device is told, so that its account is good when it is.
    """

    def __init__(
        self, enroller: Enroller, *, clock: Callable[[], float], on_enrolled: Callable[[Enrolled], None]
    ) -> None:
        self._enroller, self._clock, self._on_enrolled = enroller, clock, on_enrolled
        self.app = Starlette(
            routes=[
                Route(ENROL_PATH, self._enrol, methods=["POST"]),
                Route(PHONE_PATH, self._phone, methods=["GET"]),
            ]
        )
        """The application, for an ASGI server."""

    async def _enrol(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return _refusal(400, "it ended early")
        if body is None:
            return _refusal(413, f"more than {MAX_BODY_BYTES} bytes")
        written = _token_of(body)
        if written is None:
            self._enroller.failed(_host(request), self._clock())
            return _refusal(400, 'send {"token": "..."} as JSON')
        given = await self._use(written, TokenKind.TRACKER, request)
        if isinstance(given, Response):
            return given
        return JSONResponse(given.handout.to_json(), headers=PRIVATE)

    async def _phone(self, request: Request) -> Response:
        if request.method != "GET":  # HEAD comes with GET, and would use the token up
            return _refusal(405, "use GET")
        given = await self._use(request.query_params.get("token", ""), TokenKind.PHONE, request)
        if isinstance(given, Response):
            return given
        algorithm, ha1 = next(iter(given.ha1.items()))
        document = linphone_document(given.handout, realm=given.realm, ha1=ha1, algorithm=algorithm)
        return Response(document, media_type=CONTENT_TYPE, headers=PRIVATE)

    async def _use(self, written: str, kind: TokenKind, request: Request) -> Enrolled | Response:
        """Use a token, or make the answer that says why not."""
        host, now = _host(request), self._clock()
        if (wait_s := self._enroller.wait_s(host, now)) > 0:
            return _refusal(429, "too many tries from here", retry_after_s=math.ceil(wait_s))
        try:
            given = await asyncio.to_thread(self._enroller.enrol, written, kind, now)
        except StoreUnavailableError as error:
            log.warn("store.unavailable", error=str(error))
            return _refusal(503, "try again in a moment", retry_after_s=RETRY_AFTER_S)
        except Exception as error:  # noqa: BLE001 (the process's edge: a fault of one request stays its own)
            log.fail("enrolment.failed", error)
            return _refusal(500, "the server failed")
        if isinstance(given, TokenRefusal):
            log.warn("enrolment.refused", host=host, reason=given.value)
            self._enroller.failed(host, now)
            if self._enroller.wait_s(host, now) > 0:  # once: what it is refused from here on is not logged
                log.warn("enrolment.too_often", host=host)
            return _refusal(403, SAID[given])
        log.say("device.enrolled", device=given.account.name, kind=kind.value, host=host)
        self._on_enrolled(given)
        return given


async def _body(request: Request) -> bytes | None:
    """Read the body; None where it is too long, and then no further."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _token_of(body: bytes) -> str | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = told.get("token") if isinstance(told, dict) else None
    return token if isinstance(token, str) else None


def _refusal(status: int, said: str, *, retry_after_s: int | None = None) -> Response:
    headers = dict(PRIVATE)
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return JSONResponse({"error": said}, status, headers)


def _host(request: Request) -> str:
    return request.client.host if request.client else ""
