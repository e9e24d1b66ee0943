"""A conversation that the platform gave another id (a Telegram group that became a supergroup)."""

from bot.address import Address
from bot.destinations import parse_destination
from bot.ports import UnitOfWork
from bot.values import replace


async def move_conversation(uow: UnitOfWork, old: Address, new: Address) -> int:
    """Questions, people and waiting messages go along, and so does a weekly message that goes there.

    The number of questions that went; done twice it changes nothing.
    """
    moved = await uow.customers.move(replace(old, user=""), replace(new, user=""))
    for workspace in await uow.workspaces.all():
        if _moved(workspace.settings.get("owner_channel", ""), old, new) is not None:
            await _move_owners(uow, workspace.name, old, new)
    return moved


async def _move_owners(uow: UnitOfWork, workspace: str, old: Address, new: Address) -> None:
    found = await uow.workspaces.get(workspace, lock=True)
    named = _moved(found.settings.get("owner_channel", ""), old, new) if found is not None else None
    if found is not None and named is not None:
        await uow.workspaces.change(replace(found, settings={**found.settings, "owner_channel": named}))


def _moved(named: str, old: Address, new: Address) -> str | None:
    """The list of owners' channels after the move; None when it is not concerned."""
    changed = ",".join(_there(part.strip(), old, new) for part in named.split(",") if part.strip())
    return changed if changed != named else None


def _there(named: str, old: Address, new: Address) -> str:
    place = parse_destination(named)
    address = place.address
    same = (address.channel, address.conversation) == (old.channel, old.conversation)
    return str(replace(place, address=replace(address, conversation=new.conversation))) if same else named
