"""From ``[operator]`` to the agent's account and whom it watches; a refusal is placed on its line."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from sip import Account
from sip.agent_talk import AgentAccount
from sip.uri import parse_uri
from waywarn.config.operator import OperatorConfig
from waywarn.config.problem import ConfigError, Problem
from waywarn.config.references import is_about
from waywarn.operator.reading import Watched

if TYPE_CHECKING:
    from waywarn.config.config import Config

LIBRARY = "pjsua2"


class AtOperator(NamedTuple):
    """Whom our agents are at the operator's server, and what they watch there."""

    account: AgentAccount
    watched: tuple[Watched, ...]
    per_child: int


def at_operator(config: "Config", accounts: Iterable[Account]) -> AtOperator | None:
    """Open the table; None where there is none.

    Raises
    ------
    ConfigError
        Two devices cannot be told apart, or the library for it is not installed.
    """
    table = config.operator
    if table is None:
        return None
    watched = tuple(_watched(config, table, accounts))
    problems = [*_alike(config, watched)]
    if find_spec(LIBRARY) is None:
        what = f"watching a server needs {LIBRARY}, which is not installed"
        problems.append(config.problem(("operator",), what, "pip install 'waywarn[agent]'"))
    if problems:
        raise ConfigError(problems)
    server = table.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    account = AgentAccount(
        address=f"sip:{table.user}@{_domain(config, table)}",
        server=f"sip:{host}:{server.port};transport={server.transport}",
        user=table.user,
        password=table.secret.value.get_secret_value(),
        transport=server.transport,
        bound_to=table.bound_to or "",
    )
    return AtOperator(account, watched, table.per_child)


def _domain(config: "Config", table: OperatorConfig) -> str:
    return table.domain or config.sip.domain


def _watched(config: "Config", table: OperatorConfig, accounts: Iterable[Account]) -> Iterator[Watched]:
    for account in accounts:
        device = account.device_id
        if device is None or not any(is_about(pattern, device) for pattern in table.watches):
            continue
        place = table.at.get(device)
        address = (
            place.address if place else f"sip:{config.devices[device].sip_user}@{_domain(config, table)}"
        )
        yield Watched(parse_uri(address).aor, account, place.part if place else None)


def _alike(config: "Config", watched: Iterable[Watched]) -> Iterator[Problem]:
    first: dict[tuple[str, str | None], Watched] = {}
    whole: dict[str, list[Watched]] = {}
    for each in watched:
        whole.setdefault(each.address, []).append(each)
        twin = first.setdefault((each.address, each.part), each)
        shared = len(whole[each.address]) > 1 and any(one.part is None for one in whole[each.address])
        if twin is not each or shared:
            other = whole[each.address][0].account.device_id
            yield config.problem(
                ("operator", "at", each.account.device_id or ""),
                f"{each.address} is where device {other!r} is watched too",
                'tell them apart: { address = "...", part = "ID of its tuple or device" } for each',
            )
