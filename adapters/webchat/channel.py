"""The web chat as a channel: a message is a row, and the page's stream reads rows."""

from datetime import datetime, timedelta
from typing import Final

from bot.ports import Clock, Dispatch, Receipt, Store, StoredMessage

NAME: Final = "webchat"


class WebChat:
    """`bot.ports.Channel`. A send puts the row; a question counts as delivered when the page says that it was seen."""

    name: Final = NAME
    account: Final = ""
    sends: Final = True

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def free_from(self, dispatch: Dispatch) -> datetime:
        return self.turn(dispatch)  # never asked: its rows come back all at once

    def apart(self, dispatch: Dispatch) -> timedelta:
        del dispatch
        return timedelta(0)

    def turn(self, dispatch: Dispatch) -> datetime:
        """At once: a row has no limits."""
        del dispatch
        return self._clock.now()

    async def send(self, dispatch: Dispatch) -> Receipt:
        message = StoredMessage(0, message_id(dispatch), self._clock.now(), dispatch.prompt)
        workspace, address, invitation = dispatch.workspace, dispatch.address, dispatch.invitation
        await self._store.write(lambda uow: uow.messages.put(workspace, address, message, invitation))
        return Receipt(message.id, delivered=False)


def message_id(dispatch: Dispatch) -> str:
    """One message per invitation, so that a repeated send and a new view replace it; else the one that is to be
    replaced, or one per dispatch."""
    return f"m-{dispatch.invitation}" if dispatch.invitation else dispatch.message or f"d-{dispatch.id}"
