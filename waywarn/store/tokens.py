"""The tokens' rows: issued, used once, forgotten.

What a token is, is ``provision/token.py``.
"""

import hmac
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from waywarn.provision.token import Issue, StoredToken, Token, TokenKind
from waywarn.store.schema import tokens

REMEMBERED_S = 30 * 86_400.0  # so long after its end, who brings a token again is told that it was used


def issue_tokens(connection: Connection, issues: Mapping[str, Issue], now: float) -> None:
    """Write a token of each account; earlier ones that were not used give nothing any more."""
    if not issues:
        return
    unused = tokens.c.account == bindparam("of"), tokens.c.used_at.is_(None)
    connection.execute(delete(tokens).where(*unused), [{"of": account} for account in issues])
    newer = tokens.alias()
    is_last = ~exists().where(newer.c.account == tokens.c.account, newer.c.expires_at > tokens.c.expires_at)
    # the last of an account stays: it says of which kind the device is
    connection.execute(delete(tokens).where(tokens.c.expires_at < now - REMEMBERED_S, ~is_last))
    connection.execute(
        insert(tokens),
        [
            {"hash": token.hashed, "account": account, "kind": kind.value, "expires_at": expires_at}
            for account, (token, kind, expires_at) in issues.items()
        ],
    )


def read_token(connection: Connection, token: Token) -> StoredToken | None:
    """Give what is kept of a token."""
    row = connection.execute(select(tokens).where(tokens.c.hash == token.hashed)).mappings().first()
    if row is None or not hmac.compare_digest(row["hash"], token.hashed):
        return None
    return StoredToken(row["account"], TokenKind(row["kind"]), row["expires_at"], row["used_at"])


def use_token(connection: Connection, token: Token, now: float) -> None:
    """Note that a token was used."""
    connection.execute(update(tokens).where(tokens.c.hash == token.hashed).values(used_at=now))


def newest_expiry(connection: Connection) -> dict[str, float]:
    """Give, of each account that has a token not used, when it expires."""
    rows = connection.execute(
        select(tokens.c.account, tokens.c.expires_at)
        .where(tokens.c.used_at.is_(None))
        .order_by(tokens.c.expires_at)
    )
    return {row.account: row.expires_at for row in rows}


def newest_kind(connection: Connection, account: str) -> TokenKind | None:
    """Give of which kind the last token of an account is; None where none is remembered."""
    unused_last = tokens.c.used_at.is_(None), tokens.c.used_at
    query = select(tokens.c.kind).where(tokens.c.account == account).order_by(*unused_last)
    kinds = connection.scalars(query).all()
    return TokenKind(kinds[-1]) if kinds else None


def drop_tokens(connection: Connection, account: str) -> None:
    """Forget the tokens of an account."""
    connection.execute(delete(tokens).where(tokens.c.account == account))
