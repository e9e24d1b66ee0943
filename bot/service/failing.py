"""A question that could not be delivered is told to the member who asked, with what can be done about it."""

from bot.invitation import Invitation
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.service.context import Context
from bot.texts import Texts, best_locale, texts
from bot.texts.reasons import counted, what_helps

_BY_MEMBER = "member:"


async def told_to_asker(uow: UnitOfWork, context: Context, failed: Invitation) -> list[Dispatch]:
    """One message in the asker's own chat, where they have one; in the channel of the question if they have several."""
    by = failed.by or ""
    if not by.startswith(_BY_MEMBER):
        return []
    member = by.removeprefix(_BY_MEMBER)
    theirs = [one for one in await uow.members.identities(failed.workspace) if one.member == member]
    if not theirs:
        return []  # of the page, which shows the state of every question
    identity = min(theirs, key=lambda one: one.address.channel != failed.channel)
    business = await context.business(uow, failed.workspace)
    spoken = texts(best_locale(identity.locale, business.locale))
    customer = await uow.customers.get(failed.customer) if failed.customer else None
    name = (customer.name if customer else None) or (str(failed.address) if failed.address else "")
    bot = await uow.bots.get(failed.channel, failed.address.account) if failed.address else None
    return [
        Dispatch(
            workspace=failed.workspace,
            address=identity.address,
            prompt=_prompt(failed, name, bot.username if bot else "", spoken),
        )
    ]


def _prompt(failed: Invitation, name: str, bot: str, spoken: Texts) -> Prompt:
    texts, reason = spoken, failed.reason or ""
    title = texts("Could not ask {name}: {reason}.").format(name=name, reason=counted(reason, texts))
    about = failed.interaction.ticket or ""
    lines = tuple(line for line in (what_helps(reason, bot, texts), about) if line)
    return Prompt(PromptKind.INFO, texts.locale, title=title, lines=lines)
