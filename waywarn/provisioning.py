"""The HTTPS door of the running service, made of its configuration.

What happens at it is ``provision/door.py``; the accounts come into the directory by ``roll.py``.
"""

import secrets
from collections.abc import Callable, Sequence
from functools import partial

from sip import ListenAddress
from waywarn import log
from waywarn.config import Config, ConfigError, Listen
from waywarn.config.provision import ProvisionConfig, sip_server
from waywarn.provision.certificate import CertificateError, read_certificate, server_context
from waywarn.provision.door import Door
from waywarn.provision.enroller import Enroller, Site
from waywarn.provision.handout import Server
from waywarn.provision.https import HttpsServer
from waywarn.provision.stored_account import StoredAccount
from waywarn.store import Store


def open_door(
    config: Config,
    store: Store,
    *,
    clock: Callable[[], float],
    listening: Sequence[ListenAddress],
    on_enrolled: Callable[[StoredAccount], None],
) -> HttpsServer | None:
    """Bind the door; None where the configuration has none.

    Parameters
    ----------
    config, store
        Of the service.
    clock
        Wall time, UTC seconds.
    listening
        Where the SIP server listens, with the real ports.
    on_enrolled
        Called in the event loop with each account that has other secrets now.

    Raises
    ------
    OSError
        Its address cannot be listened on.
    ConfigError
        Its certificate cannot be used.
    """
    if config.provision is None:
        return None
    try:
        context = server_context(config.provision.certificate, config.provision.key)
        site = partial(_site, config, config.provision, listening)
        site()  # whether it can be made
    except CertificateError as error:
        raise ConfigError([config.problem(("provision", "certificate"), str(error))]) from None
    enroller = Enroller(store.accounts, site, secrets.token_urlsafe)
    door = Door(enroller, clock=clock, on_enrolled=lambda enrolled: on_enrolled(enrolled.account))
    host, port = config.provision.listen
    server = HttpsServer.open(door.app, host=host, port=port, context=context)
    log.say("provision.listening", host=host, port=server.port)
    return server


def renew_certificate(door: HttpsServer, provision: ProvisionConfig) -> None:
    """Read the door's certificate anew; one that cannot be used leaves the old one in use.

    Devices that pin the old one, because it signed itself, need new addresses.
    """
    try:
        server_context(provision.certificate, provision.key)  # whether they fit, before the door has them
        door.renew(provision.certificate, provision.key)
    except (CertificateError, OSError) as error:
        log.warn("provision.certificate_refused", error=str(error))
    else:
        log.say("provision.certificate_renewed")


def _site(config: Config, provision: ProvisionConfig, listening: Sequence[ListenAddress]) -> Site:
    bound = tuple(Listen(each.transport.value.lower(), each.host, each.port) for each in listening)
    reached = sip_server(provision, config.sip, bound)
    server = Server(reached.host, reached.port, reached.transport, _pin(config, reached))
    return Site(config.sip.domain, config.sip.realm, server)


def _pin(config: Config, reached: Listen) -> str:
    """Give the pin that a device needs for the SIP server's certificate; at another's it is not ours."""
    certificate = config.sip.certificate
    if reached.transport != "tls" or certificate is None:
        return ""
    return read_certificate(certificate).needed_pin
