"""/cancel: a member takes back what they asked, an owner what anybody asked."""

from collections.abc import Sequence
from typing import Final

from bot.events import CommandGiven
from bot.invitation import OPEN, Invitation
from bot.service.asking import Asking
from bot.service.commands import verdicts
from bot.service.commands.asking import CANCEL_MENU
from bot.service.commands.talk import Talk, cleaned, menu_button
from bot.service.context import storable
from bot.workspace import Customer

MOST_SHOWN: Final = 8
LOOKED_THROUGH: Final = 200
OF_A_TICKET: Final = 50


class Cancelling:
    """Only open questions can be taken back; what was answered stays."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def cancel(self, talk: Talk, command: CommandGiven) -> None:
        """At once where the ticket leaves no choice, else by buttons."""
        ticket = cleaned(command.argument)
        found = await _open(talk, ticket)
        if ticket and len(found) == 1:
            await self._cancel(talk, found[0])
        elif found:
            await _listed(talk, found[:MOST_SHOWN])
        elif ticket:
            talk.say(talk.texts("No open question of yours about {ticket}.").format(ticket=ticket))
        else:
            talk.say(talk.texts("No question of yours is open."))

    async def pressed(self, talk: Talk, invitation: str) -> None:
        """A question of others, or of nowhere, is told as one that is over."""
        wanted = [invitation] if storable(invitation) else []
        found = (await talk.uow.invitations.load(wanted, lock=True)).get(invitation)
        if found is None or not _may_cancel(talk, found):
            talk.hint(talk.texts("This question is not open any more, or it is not yours."))
        elif found.state not in OPEN:
            talk.hint(talk.texts("This question is answered or over already; nothing was changed."))
        else:
            await self._cancel(talk, found)

    async def _cancel(self, talk: Talk, invitation: Invitation) -> None:
        words = await _words(talk, [invitation])
        await self._asking.cancel_in(talk.uow, talk.workspace, invitation.id)
        talk.say(talk.texts("Taken back:"), words[0])


def _may_cancel(talk: Talk, invitation: Invitation) -> bool:
    ours = invitation.workspace == talk.workspace
    return ours and (talk.is_owner or invitation.by == f"member:{talk.known().id}")


async def _open(talk: Talk, ticket: str) -> list[Invitation]:
    """The newest first."""
    found = (
        await talk.uow.invitations.about_ticket(talk.workspace, ticket, OF_A_TICKET)
        if ticket
        else await talk.uow.invitations.recent(talk.workspace, LOOKED_THROUGH)
    )
    return [one for one in found if one.state in OPEN and _may_cancel(talk, one)]


async def _listed(talk: Talk, found: Sequence[Invitation]) -> None:
    words = await _words(talk, found)
    buttons = [menu_button(label, CANCEL_MENU, one.id) for label, one in zip(words, found, strict=True)]
    talk.say(talk.texts("Which question shall I take back?"), buttons=tuple(buttons))


async def _words(talk: Talk, found: Sequence[Invitation]) -> list[str]:
    people = await talk.uow.customers.many({one.customer for one in found if one.customer})
    return [_line(talk, one, people.get(one.customer or "")) for one in found]


def _line(talk: Talk, invitation: Invitation, person: Customer | None) -> str:
    name = person.name if person else None
    whom = name or (str(invitation.address) if invitation.address else talk.texts("by link"))
    day = talk.texts.short_date(talk.business.today(invitation.decided_at))
    survey = verdicts.survey_words(invitation.survey, talk.texts)
    return " · ".join(part for part in (whom, survey, invitation.interaction.ticket, day) if part)
