"""Who acted where, for whoever has to answer them."""

from adapters.slack.acts import place_of
from adapters.slack.payloads import Command, Interaction
from adapters.slack.received import Me
from adapters.slack.standpoint import Standpoint
from bot.address import Address
from bot.events import Person


def place(payload: Interaction | Command, me: Me, acting: Person) -> Address:
    """Where that person acted, for them alone; without a channel their own chat with us."""
    seen, user = Standpoint(me), acting.address.conversation
    if isinstance(payload, Command):
        return seen.place(payload.channel_id, user=user)
    return place_of(payload, seen, user)


def is_tap(payload: Interaction) -> bool:
    """Is it the press of one button below a message, and so nothing that Bolt would have to answer?"""
    return payload.type == "block_actions" and payload.view is None and len(payload.actions) == 1
