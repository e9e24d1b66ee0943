"""Visitors of the web chat with a question before them, and the taps that answer it."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from adapters.webchat import parse
from adapters.webchat.sessions import Sessions, Visitor
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.events import Arrival
from bot.invitation import Interaction, Invitation, State
from bot.ports import Saved, StoredMessage, UnitOfWork
from bot.service.messages import shown
from bot.conversation import View
from bot.workspace import Customer
from storage.mapping import customer_values
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

    async def put(uow: UnitOfWork) -> list[Invitation]:
        survey = await context.survey(uow, WORKSPACE, "csat")
        business = await context.business(uow, WORKSPACE)
        now = context.clock.now()
        asked = [
            Invitation(
                id=context.ids.new(),
                workspace=WORKSPACE,
                survey=survey.survey,
                survey_id=survey.id,
                state=State.SENT,
                decided_at=now,
                cohort_day=business.today(now),
                expires_at=now + timedelta(days=14),
                customer=context.ids.new(),
                address=visitor.address,
                channel="webchat",
                interaction=Interaction(ticket=f"T-{at}", agent=f"agent {at % 20}", team="support", tags=("vat",)),
                sent_at=now,
                message="",
            )
            for at, visitor in enumerate(visitors)
        ]
        people = [Customer(one.customer or "", WORKSPACE, now) for one in asked]
        await uow.connection.execute(table(CustomerRow).insert(), [customer_values(one) for one in people])
        await uow.invitations.save([Saved(None, one) for one in asked])
        for one in asked:
            message = StoredMessage(0, f"m-{one.id}", now, shown(View.QUESTION, one, business))
            await uow.messages.put(WORKSPACE, one.address or Address("webchat", ""), message, one.id)
        return asked

    invitations = await pulssi.store.write(put)
    return [
        Asked(invitation, visitor, sessions.issue(visitor), _tap(pulssi, invitation, score=1 + at % 5))
        for at, (invitation, visitor) in enumerate(zip(invitations, visitors, strict=True))
    ]


def _tap(pulssi: Pulssi, invitation: Invitation, score: int) -> bytes:
    token = pulssi.context.tokens.issue("invitation", invitation.id)
    return msgspec.json.encode({"event_id": str(uuid.uuid4()), "type": "score", "token": token, "score": score})
