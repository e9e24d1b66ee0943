"""Visitors of the web chat with a question before them, and the taps that answer it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from adapters.webchat import parse
from adapters.webchat.sessions import Sessions, Visitor
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.business import Business
from bot.events import Arrival
from bot.invitation import Interaction, Invitation, State
from bot.ports import Saved, StoredMessage, StoredSurvey
from bot.service.messages import shown
from bot.steps import View
from bot.workspace import Customer
from storage.invitations import InvitationRows
from storage.mapping import customer_values
from storage.messages import MessageRows
from storage.sql import table
from storage.tables import CustomerRow

WORKSPACE = "default"


@dataclass(frozen=True, slots=True)
class Asked:
    """One visitor who sees a question. `session` is the visitor's token, `body` the tap as the page posts it."""

    invitation: Invitation
    visitor: Visitor
    session: str
    body: bytes

    def arrival(self, pulssi: Pulssi) -> Arrival:
        """The tap, parsed as the web chat's route does it."""
        return parse.read(parse.decode(self.body), self.visitor, pulssi.context.tokens)


async def ask_visitors(pulssi: Pulssi, number: int) -> list[Asked]:
    """So many new visitors with a delivered CSAT question each, put into the tables in one transaction."""
    context = pulssi.context
    sessions = Sessions(context.tokens, context.clock, context.ids, None)
    visitors = [sessions.anyone(WORKSPACE) for _ in range(number)]
    async with pulssi.store.reading() as uow:
        survey = await context.survey(uow, WORKSPACE, "csat")
        business = await context.business(uow, WORKSPACE)
    invitations = [_sent(pulssi, survey, business, visitor) for visitor in visitors]
    people = [Customer(one.customer or "", WORKSPACE, one.decided_at) for one in invitations]
    async with pulssi.engine.begin() as connection:
        await connection.execute(table(CustomerRow).insert(), [customer_values(one) for one in people])
        await InvitationRows(connection, pulssi.keyring).save([Saved(None, one) for one in invitations])
        messages = MessageRows(connection, pulssi.keyring)
        for one, visitor in zip(invitations, visitors, strict=True):
            message = StoredMessage(0, f"m-{one.id}", one.decided_at, shown(View.QUESTION, one, business))
            await messages.put(WORKSPACE, visitor.address, message, one.id)
    return [
        Asked(invitation, visitor, sessions.issue(visitor), _tap(pulssi, invitation, score=1 + at % 5))
        for at, (invitation, visitor) in enumerate(zip(invitations, visitors, strict=True))
    ]


def _sent(pulssi: Pulssi, survey: StoredSurvey, business: Business, visitor: Visitor) -> Invitation:
    now, ids = pulssi.context.clock.now(), pulssi.context.ids
    number = ids.new()
    return Invitation(
        id=number,
        workspace=WORKSPACE,
        survey=survey.survey,
        survey_id=survey.id,
        state=State.SENT,
        decided_at=now,
        cohort_day=business.today(now),
        expires_at=now + survey.survey.expires_after,
        customer=ids.new(),
        address=visitor.address,
        channel="webchat",
        interaction=Interaction(ticket=f"T-{number}", agent="anna", team="support", tags=("vat",)),
        sent_at=now,
        message=f"m-{number}",
    )


def _tap(pulssi: Pulssi, invitation: Invitation, score: int) -> bytes:
    token = pulssi.context.tokens.issue("invitation", invitation.id)
    return msgspec.json.encode({"event_id": str(uuid.uuid4()), "type": "score", "token": token, "score": score})


async def asked_at(pulssi: Pulssi, places: Sequence[tuple[Address, str]]) -> list[Invitation]:
    """Somebody at each (address, message id) with a delivered CSAT question; all put into the tables at once."""
    context = pulssi.context
    async with pulssi.store.reading() as uow:
        survey = await context.survey(uow, WORKSPACE, "csat")
        business = await context.business(uow, WORKSPACE)
    now = context.clock.now()
    made = [
        Invitation(
            id=context.ids.new(),
            workspace=WORKSPACE,
            survey=survey.survey,
            survey_id=survey.id,
            state=State.SENT,
            decided_at=now,
            cohort_day=business.today(now),
            expires_at=now + survey.survey.expires_after,
            customer=context.ids.new(),
            address=address,
            channel=address.channel,
            interaction=Interaction(ticket=f"T-{number}", agent="anna", team="support", tags=("vat",)),
            sent_at=now,
            message=message,
        )
        for number, (address, message) in enumerate(places, 1)
    ]
    people = [customer_values(Customer(one.customer or "", WORKSPACE, now)) for one in made]
    async with pulssi.engine.begin() as connection:
        await connection.execute(table(CustomerRow).insert(), people)
        await InvitationRows(connection, pulssi.keyring).save([Saved(None, one) for one in made])
    return made
