"""What one transaction can do: every repository, on one connection."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Look
from storage.api_keys import ApiKeyRows
from storage.bots import BotRows
from storage.cases import CaseRows
from storage.customers import CustomerRows
from storage.events import EventRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.links import LinkRows
from storage.members import MemberRows
from storage.messages import MessageRows
from storage.notes import NoteRows
from storage.outbox import OutboxRows, Sends, sends_none
from storage.postings import PostingRows
from storage.responses import ResponseRows
from storage.rollups import RollupRows
from storage.summaries import SummaryRows
from storage.surveys import SurveyRows
from storage.workspaces import WorkspaceRows


class Transaction:
    """One transaction's repositories (`bot.ports.UnitOfWork`)."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring, owner: str, sends: Sends = sends_none) -> None:
        self.connection = connection
        self.workspaces = WorkspaceRows(connection, keyring)
        self.surveys = SurveyRows(connection, keyring)
        self.customers = CustomerRows(connection, keyring)
        self.invitations = InvitationRows(connection, keyring)
        self.responses = ResponseRows(connection, keyring)
        self.outbox = OutboxRows(connection, keyring, owner, sends)
        self.messages = MessageRows(connection, keyring)
        self.rollups = RollupRows(connection, keyring)
        self.members = MemberRows(connection, keyring)
        self.api_keys = ApiKeyRows(connection, keyring)
        self.links = LinkRows(connection, keyring)
        self.summaries = SummaryRows(connection, keyring)
        self.notes = NoteRows(connection)
        self.cases = CaseRows(connection, keyring)
        self.postings = PostingRows(connection, keyring)
        self.bots = BotRows(connection)
        self.events = EventRows(connection, keyring)

    async def look(
        self,
        invitations: Collection[str],
        events: Collection[str],
        workspaces: Collection[str],
        answering: Sequence[Address],
        now: datetime,
    ) -> Look:
        line = self.outbox.line
        steps = self.events.step(events), self.workspaces.step(workspaces), *line.foresee(answering, now)
        found, (seen, names, others, numbers) = await self.invitations.load_beside(invitations, *steps, lock=True)
        line.expect(others, numbers)
        return Look(found, self.events.those_in(seen, events), self.workspaces.those_in(names))
