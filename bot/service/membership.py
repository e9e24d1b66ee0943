"""Members, their one-time codes, their browsers, and API keys."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.address import Address
from bot.errors import Conflict, NotAllowed, NotFound
from bot.ports import ApiKey, Code, Identity, Store, UnitOfWork
from bot.service.context import Context
from bot.values import replace
from bot.workspace import Member, Role, Workspace

CODE_LIVES = timedelta(hours=48)
SESSION_LIVES = timedelta(days=90)
KEY_PREFIX = "pulssi_"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What a person gives who claims a workspace or joins it."""

    workspace: str
    code: str
    name: str
    business: str = ""
    locale: str = ""


class AlreadyMember(NotAllowed):
    """The code would change nothing for a member whose chat this is; it stays unused."""


class Membership:
    """Codes and keys are stored by keyed hash; a secret is shown once, when it is made."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store = store
        self._context = context

    async def claim_code(self, workspace: str) -> str | None:
        """A fresh first-run code, the older ones void; None when the workspace is claimed."""

        async def job(uow: UnitOfWork) -> str | None:
            found = await uow.workspaces.get(workspace)
            if found is None or found.claimed_at is not None:
                return None
            await uow.members.drop_claims(workspace)
            return await self._code(uow, workspace, Role.OWNER, claims=True)

        return await self._store.write(job)

    async def invite(self, workspace: str, role: Role, member: str | None = None) -> str:
        """A one-time code of 48 hours for a new member, or for one more identity of a known one."""

        return await self._store.write(lambda uow: self.invite_in(uow, workspace, role, member))

    async def invite_in(self, uow: UnitOfWork, workspace: str, role: Role, member: str | None = None) -> str:
        """As `invite`, in a transaction of the caller's."""
        await self._context.business(uow, workspace)
        return await self._code(uow, workspace, role, member=member)

    async def _code(
        self, uow: UnitOfWork, workspace: str, role: Role, *, member: str | None = None, claims: bool = False
    ) -> str:
        code = self._context.ids.code()
        expires_at = self._context.clock.now() + CODE_LIVES
        digest = self._digest("code", workspace, code)
        await uow.members.add_code(Code(digest, workspace, role, expires_at, member, claims))
        return code

    async def join(self, joining: Joining) -> tuple[Member, str]:
        """Uses a code up: `(member, session token)`. `NotAllowed` when the code is wrong, used or too old."""
        return await self._store.write(lambda uow: self._join(uow, joining))

    async def _join(self, uow: UnitOfWork, joining: Joining) -> tuple[Member, str]:
        member = await self.join_in(uow, joining)
        token = self._context.ids.secret()
        expires_at = self._context.clock.now() + SESSION_LIVES
        await uow.members.add_session(self._digest("session", "", token), member.id, expires_at)
        return member, token

    async def join_in(self, uow: UnitOfWork, joining: Joining, identity: Identity | None = None) -> Member:
        """Uses a code up, in a transaction of the caller's, and ties the account (of any member yet) to the member.

        An owner's code makes an owner of the staff member whose account it is. Errors, at which the transaction must be
        undone: `NotAllowed` as `join`, `AlreadyMember`, `Conflict` when another process tied the account meanwhile.
        """
        now = self._context.clock.now()
        typed = joining.code.strip().casefold()
        code = await uow.members.take_code(self._digest("code", joining.workspace, typed), now)
        if code is None:
            raise NotAllowed("This code is wrong, used or too old. A new one is printed at each start until a "
                             "workspace is claimed; after that `pulssi member add` makes one.")  # fmt: skip
        known = await self.member_at(uow, joining.workspace, identity.address) if identity else None
        member = await self._promoted(uow, known, code) if known else await self._member(uow, joining, code)
        if identity is not None:
            bound = await uow.members.bind(replace(identity, member=member.id), now)
            if bound.member != member.id:
                raise Conflict("This account was tied to another member meanwhile.")
        if code.claims:
            await self._claimed(uow, joining)
        return member

    async def member_at(self, uow: UnitOfWork, workspace: str, address: Address) -> Member | None:
        """Whose own chat this is; None for somebody who is no member now."""
        return await uow.members.by_address(workspace, address)

    async def who(self, uow: UnitOfWork, workspace: str, address: Address, proved: str | None) -> Member | None:
        """The member that was `proved` to act, else whose own chat this is; None for somebody who is no member now."""
        if proved is None:
            return await self.member_at(uow, workspace, address)
        member = await uow.members.get(proved)
        return member if member and member.removed_at is None and member.workspace == workspace else None

    @staticmethod
    async def _promoted(uow: UnitOfWork, known: Member, code: Code) -> Member:
        changes = code.role is Role.OWNER and (code.claims or known.role is not Role.OWNER)
        if code.member not in {None, known.id} or not changes:
            raise AlreadyMember("This chat is a member's already.")
        await uow.members.promote(known.id, Role.OWNER)
        return replace(known, role=Role.OWNER)

    async def _member(self, uow: UnitOfWork, joining: Joining, code: Code) -> Member:
        if code.member is not None:
            known = await uow.members.get(code.member)
            if known is None or known.removed_at is not None:
                raise NotAllowed("This code belongs to a member who was removed.")
            return known
        name = _one_line(joining.name) or code.role.value
        member = Member(self._context.ids.new(), joining.workspace, name, code.role, self._context.clock.now())
        await uow.members.add(member)
        return member

    async def _claimed(self, uow: UnitOfWork, joining: Joining) -> None:
        workspace = await uow.workspaces.get(joining.workspace, lock=True)
        if workspace is None:
            return
        given = {"business_name": _one_line(joining.business), "locale": joining.locale}
        stored = {**workspace.settings, **{name: value for name, value in given.items() if value}}
        await uow.workspaces.change(replace(workspace, claimed_at=self._context.clock.now(), settings=stored))

    async def member_of(self, token: str, workspace: str) -> Member:
        """Whose browser this is; `NotAllowed` when it is nobody's here."""
        async with self._store.reading() as uow:
            member = await uow.members.by_session(self._digest("session", "", token), self._context.clock.now())
        if member is None or member.workspace != workspace:
            raise NotAllowed("Only members of this workspace may do that. Open the link with a code first.")
        return member

    async def burn_in(self, uow: UnitOfWork, workspace: str, code: str) -> None:
        """A code that others have read is used up without making anybody a member."""
        await uow.members.take_code(self._digest("code", workspace, code.strip().casefold()), self._context.clock.now())

    async def members(self, workspace: str) -> list[Member]:
        async with self._store.reading() as uow:
            return [member for member in await uow.members.all(workspace) if member.removed_at is None]

    async def remove(self, workspace: str, member: str) -> Member:
        """Removes a member by id or by name; `NotFound` when there is none, or several of that name."""

        async def job(uow: UnitOfWork) -> Member:
            present = [m for m in await uow.members.all(workspace) if m.removed_at is None]
            named = [m for m in present if member in {m.id, m.name}]
            if len(named) != 1:
                how = "several members have" if named else "no member has"
                raise NotFound(
                    f"In the workspace {workspace!r} {how} the name or id {member!r}; see `pulssi member list`."
                )
            await uow.members.remove(named[0].id, self._context.clock.now())
            return named[0]

        return await self._store.write(job)

    async def create_key(self, workspace: str, name: str) -> tuple[ApiKey, str]:
        """A key for the HTTP API, and its secret, which is shown this once."""
        secret = KEY_PREFIX + self._context.ids.secret()

        async def job(uow: UnitOfWork) -> ApiKey:
            await self._context.business(uow, workspace)
            key = ApiKey(
                self._context.ids.new(), workspace, name, self._digest("api-key", "", secret), self._context.clock.now()
            )
            await uow.api_keys.add(key)
            return key

        return await self._store.write(job), secret

    async def keys(self, workspace: str) -> list[ApiKey]:
        async with self._store.reading() as uow:
            return list(await uow.api_keys.all(workspace))

    async def revoke_key(self, workspace: str, key: str) -> None:
        """`NotFound` when the workspace has no such key in use."""
        now = self._context.clock.now()
        if not await self._store.write(lambda uow: uow.api_keys.revoke(workspace, key, now)):
            raise NotFound(f"The workspace {workspace!r} has no key {key!r} in use; see `pulssi api-key list`.")

    async def key_of(self, secret: str) -> ApiKey | None:
        """The key that a request came with, unless it is revoked."""
        async with self._store.reading() as uow:
            key = await uow.api_keys.by_digest(self._digest("api-key", "", secret))
        return key if key is not None and key.revoked_at is None else None

    async def workspace(self, name: str) -> Workspace:
        async with self._store.reading() as uow:
            return (await self._context.business(uow, name)).workspace

    def _digest(self, purpose: str, workspace: str, secret: str) -> str:
        return self._context.tokens.digest(purpose, f"{workspace}|{secret}")


def _one_line(name: str) -> str:
    """A name as it stands in every message and on terminals; PostgreSQL cannot store NUL either."""
    return _CONTROLS.sub(" ", name).strip()
