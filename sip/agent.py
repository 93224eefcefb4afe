"""A SIP client in a process of its own: watches presence at a server, rings, sends messages; on pjsua2.

The only file that imports pjsua2, and the target of a child process that is started by spawn: the library
aborts its process on misuse (a 257th buddy, a call from a foreign thread), and is GPL. What goes over the
pipe is ``agent_talk.py``; who starts children, and again, is ``waywarn/operator/``.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pjsua2 as pj

from sip.agent_talk import (
    MAX_WATCHED,
    AgentAccount,
    Beat,
    Ending,
    Notified,
    Order,
    Registered,
    Ring,
    Settled,
    Stop,
    Subscribed,
    Tell,
    Unread,
    Word,
    read_order,
    write_word,
)
from sip.body import presence_document
from sip.errors import CallerError, PeerFault
from sip.message import Request, parse_message

BEAT_EVERY_S = 1.0
POLL_MS = 20  # how long the library may wait for a packet before orders are looked at
RESUBSCRIBE_S = 5.0  # after a subscription ended; doubled each time, to
RESUBSCRIBE_MAX_S = 300.0  # the library's own interval
HANG_UP_S = 2.0  # to the library a call is over at once; its CANCEL waits for ringing, its BYE is repeated
STOP_WITHIN_S = 5.0  # ending subscriptions and the registration; then the process just ends
MAX_CALLS = 4  # the library's; one more aborts the process
TONE_S = 4.0  # what whoever answers hears before we hang up
_TONE_HZ = (880, 1320)
_BUSY = frozenset({486, 600})
_UNREACHED = frozenset({0, 408, 480, 487})


def run_agent(pipe: Connection, account: AgentAccount, watched: Sequence[str]) -> None:
    """Be an agent until told to stop, or until the parent is gone.

    Parameters
    ----------
    pipe
        To the parent.
    account
        Whom to be.
    watched
        Addresses whose presence to subscribe to, at most `MAX_WATCHED`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent tells us
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())  # the library greets before it can be told not to
    agent = _Agent(pipe, account)
    agent.watch(watched[:MAX_WATCHED])
    agent.run()
    # the library may abort in its destructors while a request is outstanding: everything is done
    os._exit(0)


class _Agent:
    """The library, its one account, and what is watched."""

    def __init__(self, pipe: Connection, account: AgentAccount) -> None:
        self._pipe, self._settings = pipe, account
        self._endpoint = _open_library(account)
        self._account = _Account(self)
        self._account.create(_account_config(account))
        self._buddies: dict[str, _Buddy] = {}
        self._calls: dict[int, _Call] = {}
        self._told: dict[str, _Telling] = {}
        self._stopping = self._is_registered = False

    def registered(self, status: int, reason: str, *, is_active: bool) -> None:
        """Take the answer to a REGISTER."""
        self._is_registered = is_active
        if not self._stopping:
            self.say(Registered(status, reason[:200]))

    def watch(self, addresses: Sequence[str]) -> None:
        """Subscribe to the presence of addresses."""
        for address in addresses:
            buddy = _Buddy(self, address)
            config = pj.BuddyConfig()
            config.uri, config.subscribe = address, True
            try:
                buddy.create(self._account, config)
            except pj.Error as error:
                self.say(Subscribed(address, "terminated", 0, error.reason[:200]))
            else:
                self._buddies[address] = buddy

    def run(self) -> None:
        """Handle events and orders until stopped."""
        next_beat = 0.0
        while not self._stopping:
            self._endpoint.libHandleEvents(POLL_MS)
            now = time.monotonic()
            if now >= next_beat:
                self.say(Beat())
                next_beat = now + BEAT_EVERY_S
            self._take_orders(now)
            for buddy in self._buddies.values():
                buddy.look(now)
            self._look_at_calls(now)
        self._end()

    def say(self, word: Word) -> None:
        """Tell the parent; where it is gone there is nobody to work for."""
        try:
            self._pipe.send_bytes(write_word(word))
        except OSError:
            os._exit(1)

    def told(self, address: str, status: int) -> None:
        """Take the answer to a MESSAGE."""
        telling = self._told.pop(address, None)
        if telling is not None:
            ending = Ending.ANSWERED if 200 <= status < 300 else Ending.REFUSED
            ending = Ending.NO_ANSWER if status in {0, 408} else ending
            self.say(Settled(telling.number, ending, status, time.monotonic() - telling.began))

    def _take_orders(self, now: float) -> None:
        try:
            while not self._stopping and self._pipe.poll(0):
                self._obey(read_order(self._pipe.recv_bytes()), now)
        except (EOFError, OSError):
            os._exit(1)  # the parent is gone

    def _obey(self, order: Order, now: float) -> None:
        match order:
            case Stop():
                self._stopping = True
            case Ring():
                self._ring(order, now)
            case Tell():
                self._tell(order, now)

    def _ring(self, order: Ring, now: float) -> None:
        if len(self._calls) >= MAX_CALLS:  # one more would abort the process
            self.say(Settled(order.number, Ending.REFUSED, 503, 0.0))
            return
        try:
            call = _Call(self._account, order.uri, until=now + order.for_s, now=now)
        except pj.Error:
            self.say(Settled(order.number, Ending.REFUSED, 0, 0.0))
        else:
            self._calls[order.number] = call

    def _look_at_calls(self, now: float) -> None:
        for number, call in [*self._calls.items()]:
            call.look(now)
            if not call.is_over:
                continue
            del self._calls[number]
            if call.answered_at is not None:
                self.say(Settled(number, Ending.ANSWERED, 200, call.answered_at - call.began))
                continue
            unreached = call.timed_out or call.status in _UNREACHED
            ending = Ending.BUSY if call.status in _BUSY else Ending.REFUSED
            ending = Ending.NO_ANSWER if unreached else ending
            self.say(Settled(number, ending, call.status, now - call.began))

    def _tell(self, order: Tell, now: float) -> None:
        known = f"<{order.uri}>"
        if known in self._told:  # the answer names only the address: one at a time
            self.say(Settled(order.number, Ending.BUSY, 491, 0.0))
            return
        buddy = _Buddy(self, order.uri)
        config = pj.BuddyConfig()
        config.uri, config.subscribe = order.uri, False
        content = pj.SendInstantMessageParam()
        content.contentType, content.content = order.media_type, order.text
        try:
            buddy.create(self._account, config)
            buddy.sendInstantMessage(content)
        except pj.Error:
            self.say(Settled(order.number, Ending.REFUSED, 0, 0.0))
        else:
            self._told[known] = _Telling(order.number, buddy, now)

    def _end(self) -> None:
        """Unsubscribe, hang up and unregister; give the answers a moment.

        A call that has not begun to ring can be cancelled only when it does (RFC 3261, 9.1), and a server may
        ask again who unregisters: who is gone by then leaves a phone that rings, and an address that is kept.
        """
        hung_up_by = time.monotonic() + (HANG_UP_S if self._calls else 0.0)
        for call in self._calls.values():
            call.hang_up()
        for buddy in self._buddies.values():
            buddy.leave()
        if self._is_registered:
            self._account.setRegistration(False)
        until = time.monotonic() + STOP_WITHIN_S
        while (now := time.monotonic()) < until and (now < hung_up_by or self._is_known()):
            self._endpoint.libHandleEvents(POLL_MS)

    def _is_known(self) -> bool:
        """Tell whether the server still has a registration or a subscription of ours."""
        return self._is_registered or any(buddy.is_watching for buddy in self._buddies.values())


class _Call(pj.Call):  # type: ignore[misc]  # the library has no types
    """A call that rings, plays a tone to whoever answers, and hangs up."""

    def __init__(self, account: "_Account", uri: str, *, until: float, now: float) -> None:
        super().__init__(account)
        self._until = until
        self._tone: pj.ToneGenerator | None = None
        self._hanging_up = False
        self.began = now
        self.answered_at: float | None = None
        self.is_over = self.timed_out = False
        self.status = 0
        self.makeCall(uri, pj.CallOpParam(True))  # noqa: FBT003 (the library's own parameter)

    def look(self, now: float) -> None:
        """Hang up once it has rung, or played, for long enough."""
        if now >= self._until and not self._hanging_up:
            self.timed_out = self.answered_at is None
            self.hang_up()

    def hang_up(self) -> None:
        """End it; `is_over` once the other side knows."""
        self._hanging_up = True
        try:
            self.hangup(pj.CallOpParam())
        except pj.Error:
            self.is_over = True

    def onCallState(self, _prm: pj.OnCallStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.answered_at = time.monotonic()
            self._until = self.answered_at + TONE_S
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.status, self.is_over = info.lastStatusCode, True

    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        if self._tone is not None:
            return
        try:
            sink = self.getAudioMedia(-1)
        except pj.Error:  # no audio was agreed on
            return
        self._tone = pj.ToneGenerator()
        self._tone.createToneGenerator()
        tones = pj.ToneDescVector()
        for hertz in _TONE_HZ:
            tone = pj.ToneDesc()
            tone.freq1, tone.on_msec, tone.off_msec = hertz, 300, 100
            tones.append(tone)
        self._tone.play(tones, True)  # noqa: FBT003
        self._tone.startTransmit(sink)


class _Telling:
    """A MESSAGE that is under way."""

    def __init__(self, number: int, buddy: "_Buddy", began: float) -> None:
        self.number, self.buddy, self.began = number, buddy, began


class _Account(pj.Account):  # type: ignore[misc]  # the library has no types
    """The account: says how registering went, and takes no call."""

    def __init__(self, agent: _Agent) -> None:
        super().__init__()
        self._agent = agent

    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802 (the library's name)
        self._agent.registered(prm.code, prm.reason, is_active=self.getInfo().regIsActive)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        call, refusal = pj.Call(self, prm.callId), pj.CallOpParam()
        refusal.statusCode = 486
        call.hangup(refusal)

    def onInstantMessageStatus(self, prm: pj.OnInstantMessageStatusParam) -> None:  # noqa: N802
        uri = prm.toUri
        self._agent.told(uri if uri.startswith("<") else f"<{uri}>", prm.code)


class _Buddy(pj.Buddy):  # type: ignore[misc]  # the library has no types
    """One address whose presence is watched."""

    def __init__(self, agent: _Agent, address: str) -> None:
        super().__init__()
        self._agent, self._address = agent, address
        self._pause_s = RESUBSCRIBE_S
        self._again_at: float | None = None
        self._leaving = False
        self.is_watching = False

    def leave(self) -> None:
        """End the subscription."""
        self._leaving = True
        with suppress(pj.Error):  # it ends with the process anyway
            self.subscribePresence(False)  # noqa: FBT003

    def look(self, now: float) -> None:
        """Subscribe again where the subscription ended and its pause is over."""
        if self._again_at is not None and now >= self._again_at:
            try:
                self.subscribePresence(True)  # noqa: FBT003
            except pj.Error:  # of this address alone: the others are watched on
                self._wait(now)
            else:
                self._again_at = None

    def onBuddyEvSubState(self, prm: pj.OnBuddyEvSubStateParam) -> None:  # noqa: N802
        event = prm.e.body.tsxState
        if event.type == pj.PJSIP_EVENT_RX_MSG:
            self._read(event.src.rdata.wholeMsg)

    def onBuddyState(self) -> None:  # noqa: N802
        info = self.getInfo()
        watching = info.subState == pj.PJSIP_EVSUB_STATE_ACTIVE
        if watching == self.is_watching and info.subState != pj.PJSIP_EVSUB_STATE_TERMINATED:
            return
        self.is_watching = watching
        if watching:
            self._pause_s = RESUBSCRIBE_S
        elif not self._leaving and self._again_at is None:
            self._wait(time.monotonic())
        state = info.subStateName.lower()
        self._agent.say(Subscribed(self._address, state, info.subTermCode, info.subTermReason[:200]))

    def _wait(self, now: float) -> None:
        self._again_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, RESUBSCRIBE_MAX_S)

    def _read(self, whole: str) -> None:
        try:
            message = parse_message(whole.encode("utf-8", "surrogateescape"))
            if not isinstance(message, Request) or message.method != "NOTIFY" or not message.body:
                return
            body = presence_document(message)
        except PeerFault as fault:
            self._agent.say(Unread(self._address, fault.reason[:200]))
        except (CallerError, UnicodeError) as error:
            self._agent.say(Unread(self._address, type(error).__name__))
        else:
            self._agent.say(Notified(self._address, body, time.time()))


def _open_library(account: AgentAccount) -> pj.Endpoint:
    """Start the library without a thread, a console or a sound device of its own."""
    config = pj.EpConfig()
    config.uaConfig.threadCnt, config.uaConfig.mainThreadOnly = 0, True
    config.uaConfig.userAgent = "waywarn"
    config.uaConfig.maxCalls = MAX_CALLS
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.medConfig.noVad = True
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.port, transport.boundAddress = 0, account.bound_to
    kinds = {"tcp": pj.PJSIP_TRANSPORT_TCP, "udp": pj.PJSIP_TRANSPORT_UDP}
    endpoint.transportCreate(kinds[account.transport], transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    return endpoint


def _account_config(account: AgentAccount) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = account.address
    config.sipConfig.proxies.append(f"{account.server};lr")
    credentials = pj.AuthCredInfo("digest", "*", account.user, 0, account.password)
    config.sipConfig.authCreds.append(credentials)
    domain = account.address.partition("@")[2]
    if account.registers:
        config.regConfig.registrarUri = f"sip:{domain};transport={account.transport}"
        config.regConfig.timeoutSec = account.expires_s
        config.regConfig.retryIntervalSec = config.regConfig.firstRetryIntervalSec = 10
    config.natConfig.contactUseSrcPort = 1  # a NOTIFY comes back on the connection of its SUBSCRIBE
    config.mediaConfig.transportConfig.boundAddress = account.bound_to
    return config
