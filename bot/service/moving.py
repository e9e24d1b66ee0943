"""A conversation that the platform gave another id (a Telegram group that became a supergroup)."""

from dataclasses import replace

from bot.address import Address, parse_address
from bot.ports import UnitOfWork


async def move_conversation(uow: UnitOfWork, old: Address, new: Address) -> int:
    """Questions, people and waiting messages go along, and so does a weekly message that goes there.

    The number of questions that went; done twice it changes nothing.
    """
    moved = await uow.customers.move(replace(old, user=""), replace(new, user=""))
    for workspace in await uow.workspaces.all():
        named = workspace.settings.get("owner_channel")
        if not named:
            continue
        changed = ",".join(_there(part.strip(), old, new) for part in named.split(",") if part.strip())
        if changed != named:
            await uow.workspaces.change(replace(workspace, settings={**workspace.settings, "owner_channel": changed}))
    return moved


def _there(named: str, old: Address, new: Address) -> str:
    address = parse_address(named)
    same = (address.channel, address.conversation) == (old.channel, old.conversation)
    return str(replace(address, conversation=new.conversation)) if same else named
