"""How people and places of Slack look from where our bot stands."""

from collections.abc import Iterator
from typing import Final

import msgspec

from adapters.slack.payloads import Profile, is_direct, is_person, shown_name
from adapters.slack.received import Me, Received
from bot.address import Address
from bot.events import (
    Person,
)

CHANNEL: Final = "slack"
Found = Iterator[Received | None]


class Standpoint(msgspec.Struct, frozen=True):
    """The one bot and team through whose eyes a payload is read."""

    me: Me

    def acts(self, user: str) -> bool:
        """Can this be a human who acts?"""
        return user != self.me.user and is_person(user)

    def own(self, user: str) -> Address:
        """The person's chat with us alone."""
        return Address(CHANNEL, user, self.me.account)

    def place(self, channel: str, thread: str = "", user: str = "") -> Address:
        """Where something happened. A conversation of two counts as the person's own: there nobody else is asked."""
        if not channel or is_direct(channel):
            return self.own(user)
        return Address(CHANNEL, channel, self.me.account, thread, user)

    def person(self, user: str, profile: Profile | None = None) -> Person | None:
        """The human of that id; None for bots."""
        if not self.acts(user):
            return None
        name = shown_name(profile.display_name or profile.real_name) if profile is not None else ""
        return Person(self.own(user), name)

    def event_id(self, *parts: str) -> str:
        return ":".join((CHANNEL, self.me.account, *parts))


def message_id(channel: str, ts: str) -> str:
    """The id by which we keep a message: where two talk, its time alone is not enough to change it."""
    return f"{channel}/{ts}" if is_direct(channel) else ts


def reply(response_url: str, *, old: bool = False) -> str:
    """How to answer that person alone (`Arrival.reply`): in place of the `old` message, or by a new one."""
    return f"{'old' if old else 'new'} {response_url}" if response_url else ""
