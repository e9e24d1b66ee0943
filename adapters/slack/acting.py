"""Who acted where, for whoever has to answer them."""

from dataclasses import replace

from adapters.slack.payloads import Command, Interaction, is_direct
from bot.address import Address
from bot.events import Person


def place(payload: Interaction | Command, acting: Person) -> Address:
    """Where that person acted, for them alone; without a channel their own chat with us."""
    if isinstance(payload, Command):
        told = payload.channel_id
    else:
        told = payload.channel.id if payload.channel is not None else ""
    if not told or is_direct(told):
        return acting.address
    return replace(acting.address, conversation=told, user=acting.address.conversation)


def is_tap(payload: Interaction) -> bool:
    """Is it the press of one button below a message, and so nothing that Bolt would have to answer?"""
    return payload.type == "block_actions" and payload.view is None and len(payload.actions) == 1
