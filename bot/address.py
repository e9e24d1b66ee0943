"""Where a message goes and who may answer it."""

import re
from collections.abc import Mapping

import msgspec
from typing_extensions import override

from bot.channels import TRAITS
from bot.errors import WrongUse
from bot.values import replace

_VISITOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
_TELEGRAM = re.compile(
    # Ids have at most 52 bits (core.telegram.org/bots/api#chat). Only groups have topics, and several people.
    r"(?P<conversation>-[1-9][0-9]{0,15}(?=[/@]|\Z)|[1-9][0-9]{0,15}(?=@|\Z))"
    r"(?:/(?P<thread>[1-9][0-9]{0,15}))?(?:@(?P<user>[1-9][0-9]{0,15}))?"
)
_SLACK = re.compile(
    r"(?P<conversation>[UWCGD][A-Z0-9]{2,30})(?:/(?P<thread>[0-9]{1,20}\.[0-9]{1,10}))?(?:@(?P<user>[UW][A-Z0-9]{2,30}))?"
)
_FORMS = {
    "webchat": "webchat:<visitor>",
    "telegram": "telegram:<chat id>[/<topic id>][@<user id>]",
    "slack": "slack:U… or slack:C…[/<thread ts>][@U…]",
}
_SHARED = {name: traits.shared for name, traits in TRAITS.items()}  # asked several times at every tap
_LONGEST_SHOWN = 80
NEW = "new"
OWNER = "owner"  # the conversation of the web chat in which the owners read


class Address(msgspec.Struct, frozen=True):
    """A place in a channel. `account` is the bot or team, `user` the one person who may answer there.

    An empty `user` in a private conversation means whoever owns it; in a group it is an open call. `via` is the
    business connection through which a bot writes in somebody's own chat with a customer (Telegram).
    """

    channel: str
    conversation: str
    account: str = ""
    thread: str = ""
    user: str = ""
    via: str = ""

    @property
    def is_new(self) -> bool:
        """Is this `channel:new`, a request for a one-time link?"""
        return self.conversation == NEW

    @property
    def place(self) -> str:
        """The conversation's identity; messages to one place keep their order."""
        place = "|".join((self.channel, self.account, self.conversation, self.thread))
        return f"{place}|{self.via}" if self.via else place

    @property
    def shared(self) -> bool:
        """Can others read what stands there?"""
        return self.conversation.startswith(_SHARED.get(self.channel, ()))

    @property
    def private(self) -> bool:
        """Is this a person's chat with us alone, so that whatever is written there is meant for us?"""
        return not self.shared and not self.via

    def holds(self, acting: "Address") -> bool:
        """Is `acting` this conversation, or this conversation told without its topic or business connection?"""
        chats = [(one.channel, one.account, one.conversation) for one in (self, acting)]
        return chats[0] == chats[1] and acting.thread in {"", self.thread} and acting.via in {"", self.via}

    @property
    def is_open_call(self) -> bool:
        """Is everybody asked who reads there?"""
        return self.shared and not self.user

    @property
    def own(self) -> "Address":
        """The person's chat with us alone, for whoever is asked at this address; a private one is its own."""
        if not self.shared or not self.user:
            return self if not self.via else replace(self, via="", thread="")
        return Address(self.channel, self.user, account=self.account)

    @property
    def key(self) -> str:
        """The address's identity: the place and who may answer."""
        return f"{self.place}|{self.user}"

    @override
    def __str__(self) -> str:
        thread = f"/{self.thread}" if self.thread else ""
        user = f"@{self.user}" if self.user and self.user != self.conversation else ""
        return f"{self.channel}:{self.conversation}{thread}{user}"


def parse_address(text: str) -> Address:
    """An address as people type it (SURFACE.md, `--to`); `WrongUse` says which forms there are."""
    text = text.strip()
    channel, colon, rest = text.partition(":")
    shown = repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
    if not colon or channel not in _FORMS:
        raise WrongUse(
            f"{shown} is not an address. The forms are: {'; '.join(_FORMS.values())}; or CHANNEL:new for a link."
        )
    if rest == NEW:
        return Address(channel, NEW)
    if channel == "webchat":
        if not _VISITOR.fullmatch(rest):
            raise WrongUse(f"{shown} is not an address of the web chat. The form is {_FORMS[channel]}.")
        return Address(channel, rest, user=rest)
    match = (_TELEGRAM if channel == "telegram" else _SLACK).fullmatch(rest)
    if match is None:
        raise WrongUse(f"{shown} is not an address there. The form is {_FORMS[channel]}.")
    if channel == "telegram" and match["conversation"][0] != "-" and match["user"] not in {None, match["conversation"]}:
        raise WrongUse(f"{shown} is nobody's address: only groups have several people, and their ids begin with -.")
    # In one's own conversation `@oneself` says nothing new: the same person must not get two keys.
    user = "" if match["user"] in {None, match["conversation"]} else match["user"]
    return Address(channel, match["conversation"], thread=match["thread"] or "", user=user)


def at_account(address: Address, accounts: Mapping[str, str]) -> Address:
    """The address as people type it, at the bot or team that its channel speaks as (`accounts`, by channel)."""
    return address if address.account else replace(address, account=accounts.get(address.channel, ""))
