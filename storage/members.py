"""People on the business side, their one-time codes and their browsers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Code, Identity
from bot.workspace import Member, Role
from storage.codec import address_from, plain
from storage.digests import address_digest
from storage.keys import Keyring
from storage.sql import insert, table
from storage.tables import DraftRow, MemberCodeRow, MemberIdentityRow, MemberRow, MemberSessionRow

_MEMBER = table(MemberRow)
_CODE = table(MemberCodeRow)
_SESSION = table(MemberSessionRow)
_IDENTITY = table(MemberIdentityRow)
_DRAFT = table(DraftRow)


class MemberRows:
    """Keeps `bot.ports.Members`."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring

    async def all(self, workspace: str) -> Sequence[Member]:
        """Those that are members now, the oldest first."""
        chosen = select(_MEMBER).where(_MEMBER.c.workspace == workspace, _MEMBER.c.removed_at.is_(None))
        found = await self._connection.execute(chosen.order_by(_MEMBER.c.created_at, _MEMBER.c.id))
        return [_member(row) for row in found]

    async def get(self, member: str) -> Member | None:
        """A removed one too, with `removed_at`: what they did keeps their name."""
        found = (await self._connection.execute(select(_MEMBER).where(_MEMBER.c.id == member))).first()
        return None if found is None else _member(found)

    async def add(self, member: Member) -> None:
        await self._connection.execute(
            plain_insert(_MEMBER).values(
                id=member.id,
                workspace=member.workspace,
                name=member.name,
                role=member.role.value,
                created_at=member.created_at,
                removed_at=member.removed_at,
            )
        )

    async def remove(self, member: str, now: datetime) -> None:
        """Ends the membership with its sessions, drafts and the codes that would bind one more account."""
        leaving = update(_MEMBER).where(_MEMBER.c.id == member, _MEMBER.c.removed_at.is_(None))
        await self._connection.execute(leaving.values(removed_at=now))
        # Accounts stay until their list of commands is taken back; whose member is removed, they say nothing.
        for kept in (_SESSION, _DRAFT):
            await self._connection.execute(delete(kept).where(kept.c.member_id == member))
        await self._connection.execute(delete(_CODE).where(_CODE.c.member_id == member))

    async def add_code(self, code: Code) -> None:
        await self._connection.execute(
            plain_insert(_CODE).values(
                digest=code.digest,
                workspace=code.workspace,
                role=code.role.value,
                member_id=code.member,
                claims=code.claims,
                expires_at=code.expires_at,
                used_at=code.used_at,
            )
        )

    async def take_code(self, digest: str, now: datetime) -> Code | None:
        """The code as it is now, with `used_at`; one statement, so that of two who type it one gets it."""
        taken = (
            update(_CODE)
            .where(_CODE.c.digest == digest, _CODE.c.used_at.is_(None), _CODE.c.expires_at > now)
            .values(used_at=now)
            .returning(_CODE)
        )
        found = (await self._connection.execute(taken)).first()
        return None if found is None else _code(found)

    async def drop_claims(self, workspace: str) -> None:
        """Deletes the claim codes that nobody used."""
        unused = delete(_CODE).where(_CODE.c.workspace == workspace, _CODE.c.claims, _CODE.c.used_at.is_(None))
        await self._connection.execute(unused)

    async def add_session(self, digest: str, member: str, expires_at: datetime) -> None:
        values = {"digest": digest, "member_id": member, "expires_at": expires_at}
        await self._connection.execute(plain_insert(_SESSION).values(values))

    async def by_session(self, digest: str, now: datetime) -> Member | None:
        """Whose browser it is; None when its time is over or the member was removed."""
        chosen = (
            select(_MEMBER)
            .join(_SESSION, _SESSION.c.member_id == _MEMBER.c.id)
            .where(_SESSION.c.digest == digest, _SESSION.c.expires_at > now, _MEMBER.c.removed_at.is_(None))
        )
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _member(found)

    async def signed_in(self, workspace: str, now: datetime) -> Collection[str]:
        here = select(_SESSION.c.member_id).join(_MEMBER, _MEMBER.c.id == _SESSION.c.member_id)
        found = here.where(_MEMBER.c.workspace == workspace, _SESSION.c.expires_at > now).distinct()
        return frozenset(await self._connection.scalars(found))

    async def promote(self, member: str, role: Role) -> None:
        await self._connection.execute(update(_MEMBER).where(_MEMBER.c.id == member).values(role=role.value))

    async def bind(self, identity: Identity, now: datetime) -> Identity:
        values = {
            "digest": self._digest(identity.workspace, identity.address),
            "workspace": identity.workspace,
            "member_id": identity.member,
            "channel": identity.address.channel,
            "account": identity.address.account,
            "address": plain(identity.address.own),
            "locale": identity.locale,
            "menu": identity.menu,
            "bound_at": now,
        }
        removed = select(_MEMBER.c.id).where(_MEMBER.c.removed_at.is_not(None))
        new = insert(self._connection, _IDENTITY).values(values)
        again = {name: new.excluded[name] for name in ("member_id", "address", "locale", "menu", "bound_at")}
        # IN and not EXISTS: SQLAlchemy ties no subquery to the row in conflict and would look at every account.
        theirs = _IDENTITY.c.member_id.in_(removed)
        await self._connection.execute(new.on_conflict_do_update(index_elements=["digest"], set_=again, where=theirs))
        chosen = select(_IDENTITY).where(_IDENTITY.c.digest == values["digest"])
        return _identity((await self._connection.execute(chosen)).one())

    async def by_address(self, workspace: str, address: Address) -> Member | None:
        chosen = (
            select(_MEMBER)
            .join(_IDENTITY, _IDENTITY.c.member_id == _MEMBER.c.id)
            .where(_IDENTITY.c.digest == self._digest(workspace, address), _MEMBER.c.removed_at.is_(None))
        )
        found = (await self._connection.execute(chosen)).first()
        return None if found is None else _member(found)

    async def identities(self, workspace: str, channel: str = "") -> Sequence[Identity]:
        """The oldest first."""
        chosen = select(_IDENTITY).where(_IDENTITY.c.workspace == workspace)
        if channel:
            chosen = chosen.where(_IDENTITY.c.channel == channel)
        found = await self._connection.execute(chosen.order_by(_IDENTITY.c.bound_at, _IDENTITY.c.digest))
        return [_identity(row) for row in found]

    async def unbind(self, workspace: str, address: Address, member: str) -> None:
        theirs = _IDENTITY.c.digest == self._digest(workspace, address), _IDENTITY.c.member_id == member
        await self._connection.execute(delete(_IDENTITY).where(*theirs))

    async def note_menu(self, workspace: str, address: Address, menu: str) -> None:
        mine = update(_IDENTITY).where(_IDENTITY.c.digest == self._digest(workspace, address))
        await self._connection.execute(mine.values(menu=menu))

    async def add_draft(self, draft: str, workspace: str, member: str, body: object, expires_at: datetime) -> None:
        values = {"workspace": workspace, "member_id": member, "body": body, "expires_at": expires_at}
        new = insert(self._connection, _DRAFT).values(id=draft, **values)
        await self._connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))

    async def draft(self, draft: str, member: str, now: datetime) -> Any:
        chosen = select(_DRAFT.c.body).where(
            _DRAFT.c.id == draft, _DRAFT.c.member_id == member, _DRAFT.c.expires_at > now
        )
        return await self._connection.scalar(chosen)

    async def has_draft(self, draft: str) -> bool:
        return (await self._connection.scalar(select(_DRAFT.c.id).where(_DRAFT.c.id == draft))) is not None

    async def drop_draft(self, draft: str) -> None:
        await self._connection.execute(delete(_DRAFT).where(_DRAFT.c.id == draft))

    async def sweep_drafts(self, now: datetime) -> int:
        return (await self._connection.execute(delete(_DRAFT).where(_DRAFT.c.expires_at < now))).rowcount

    def _digest(self, workspace: str, address: Address) -> str:
        return address_digest(self._keyring, workspace, address.own)

    async def sweep(self, before: datetime) -> int:
        over = [delete(kept).where(kept.c.expires_at < before) for kept in (_CODE, _SESSION)]
        return sum([(await self._connection.execute(one)).rowcount for one in over])


def _member(row: Row[Any]) -> Member:
    return Member(row.id, row.workspace, row.name, Role(row.role), row.created_at, removed_at=row.removed_at)


def _identity(row: Row[Any]) -> Identity:
    return Identity(row.member_id, row.workspace, address_from(row.address), row.locale, row.menu)


def _code(row: Row[Any]) -> Code:
    return Code(
        row.digest,
        row.workspace,
        Role(row.role),
        row.expires_at,
        member=row.member_id,
        claims=row.claims,
        used_at=row.used_at,
    )
