"""`pulssi member` and `pulssi api-key`."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.running import AsJson, WorkspaceName, say, say_json, tell, with_pulssi
from bot.errors import WrongUse
from bot.workspace import Role

if TYPE_CHECKING:
    from bot.bootstrap import Pulssi

LONGEST = 80


def add(
    role: Annotated[Role, typer.Option("--role", help="An owner may do all that staff may.")] = Role.STAFF,
    member: Annotated[
        str | None, typer.Option("--member", metavar="ID", help="One more identity of a member who is there already.")
    ] = None,
    workspace: WorkspaceName = "default",
) -> None:
    """Make a one-time code of 48 hours, with which a person becomes a member."""

    async def work(pulssi: "Pulssi") -> None:
        if member is not None and member not in {one.id for one in await pulssi.membership.members(workspace)}:
            raise WrongUse(f"The workspace {workspace!r} has no member {member!r}; see `pulssi member list`.")
        code = await pulssi.membership.invite(workspace, role, member)
        say(code)
        query = "" if workspace == "default" else f"?workspace={workspace}"
        from bot.service.links import HERE  # noqa: PLC0415  # loaded by now

        page = f"{pulssi.settings.public_url or HERE}/chat{query}#claim={code}"
        tell(f"For one person, once, within 48 hours, as {role.value}. The page takes it: {page}")

    with_pulssi(workspace, work)


def list_(as_json: AsJson = False, workspace: WorkspaceName = "default") -> None:
    """List the members."""

    async def work(pulssi: "Pulssi") -> None:
        members = await pulssi.membership.members(workspace)
        if as_json:
            say_json([{"id": one.id, "name": one.name, "role": one.role.value} for one in members])
            return
        for one in members:
            say(f"{one.id}  {one.role.value:5}  {one.name}")
        if not members:
            tell("Nobody yet. `pulssi serve` prints a link that makes its opener the owner.")

    with_pulssi(workspace, work)


def remove(
    member: Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="As `member list` shows it.")],
    workspace: WorkspaceName = "default",
) -> None:
    """Remove a member, and end their sessions."""

    async def work(pulssi: "Pulssi") -> None:
        gone = await pulssi.membership.remove(workspace, member)
        say(f"Removed: {gone.name} ({gone.role.value})")

    with_pulssi(workspace, work)


def create_key(
    name: Annotated[str, typer.Argument(help="What it is for, like the help desk's name.")] = "api",
    as_json: AsJson = False,
    workspace: WorkspaceName = "default",
) -> None:
    """Make a key for the HTTP API; it is shown this once."""

    async def work(pulssi: "Pulssi") -> None:
        if not name.strip() or len(name) > LONGEST or "\0" in name:
            raise WrongUse(f"A key's name has 1 to {LONGEST} characters.")
        key, secret = await pulssi.membership.create_key(workspace, name.strip())
        if as_json:
            say_json({"id": key.id, "name": key.name, "key": secret})
        else:
            say(secret)
        tell(f"Keep it now: it is not shown again. To end it: pulssi api-key revoke {key.id}")

    with_pulssi(workspace, work)


def list_keys(as_json: AsJson = False, workspace: WorkspaceName = "default") -> None:
    """List the keys, without their secrets."""

    async def work(pulssi: "Pulssi") -> None:
        keys = await pulssi.membership.keys(workspace)
        if as_json:
            times = [(key.created_at, key.revoked_at) for key in keys]
            shown = [(made.isoformat(), ended.isoformat() if ended else None) for made, ended in times]
            say_json(
                [
                    {"id": key.id, "name": key.name, "created_at": made, "revoked_at": ended}
                    for key, (made, ended) in zip(keys, shown, strict=True)
                ]
            )
            return
        for key in keys:
            ended = f", revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
            say(f"{key.id}  {key.name}, made {key.created_at:%Y-%m-%d}{ended}")
        if not keys:
            tell("No keys. `pulssi api-key create NAME` makes one.")

    with_pulssi(workspace, work)


def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `api-key list` shows it.")],
    workspace: WorkspaceName = "default",
) -> None:
    """End a key at once."""

    async def work(pulssi: "Pulssi") -> None:
        await pulssi.membership.revoke_key(workspace, key)
        say(f"Revoked: {key}")

    with_pulssi(workspace, work)
