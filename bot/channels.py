"""What the core has to know of each channel: how its conversations are, and what people can do in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """`label` is the channel's own name; empty where each language has one (the web chat).

    `shared` are the beginnings of ids of conversations that several people read.
    """

    label: str = ""
    shared: tuple[str, ...] = ()
    waits_for_person: bool = False
    """A bot cannot write first there."""
    commands: bool = False
    """Everybody has typed commands, such as /mydata."""
    whispers: bool = False
    """What is for one person alone can stand where others read, seen by that person only."""
    quick: bool = False
    """So many messages may go that an answer waits moments: its words are made at once, not when its turn comes."""
    menus: bool = False
    """Buttons that concern no question work there (`bot.prompts.Action.MENU`)."""
    photos: bool = False
    """A picture is a message of its own there, with a caption."""
    forms: bool = False
    """A button can open a form to fill in (`bot.forms`)."""
    accounts: bool = False
    """It speaks as a bot or for a team, and every address there is one of theirs."""
    links: bool = False
    """It opens one-time links itself."""

    @property
    def has_groups(self) -> bool:
        return bool(self.shared)


TRAITS: Final[Mapping[str, Traits]] = MappingProxyType(
    {
        "webchat": Traits(menus=True, forms=True, links=True),
        # A bot cannot open a chat: https://core.telegram.org/bots/faq
        "telegram": Traits(
            label="Telegram",
            shared=("-",),
            waits_for_person=True,
            commands=True,
            quick=True,
            menus=True,
            photos=True,
            accounts=True,
            links=True,
        ),
        # People of other organisations (Slack Connect) have no slash commands, and get no direct messages from an app.
        "slack": Traits(label="Slack", shared=("C", "G"), whispers=True, menus=True, forms=True, accounts=True),
    }
)
_NOTHING: Final = Traits()


def traits(channel: str) -> Traits:
    """Of the channel of that name; of an unknown one, a plain chat with one person."""
    return TRAITS.get(channel, _NOTHING)
