"""Stored reasons in words: why a question did not go out, or did not arrive."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.texts import Texts

_Words = Callable[[Texts], str]

_COUNTED: Mapping[str, _Words] = MappingProxyType(
    {
        "opted_out": lambda texts: texts("opted out"),
        "already_asked": lambda texts: texts("already asked about the ticket"),
        "open_question": lambda texts: texts("another question was open"),
        "asked_recently": lambda texts: texts("asked recently"),
        "not_a_member": lambda texts: texts("the asker was no member"),
        "unreachable": lambda texts: texts("cannot be reached"),
        "no_consent": lambda texts: texts("has not agreed to be asked"),
        "never_shown": lambda texts: texts("never shown"),
        "blocked": lambda texts: texts("blocked the bot"),
        "not_started": lambda texts: texts("has not started the bot"),
        "no_rights": lambda texts: texts("the bot may not write there"),
        "archived": lambda texts: texts("the channel is archived"),
        "not_invited": lambda texts: texts("the bot is not in the channel"),
        "no_direct_messages": lambda texts: texts("takes no direct messages"),
        "left_channel": lambda texts: texts("has left the channel"),
        "gave_up": lambda texts: texts("gave up after many tries"),
        "refused": lambda texts: texts("the platform refused it"),
        "switched_off": lambda texts: texts("the channel is switched off"),
        "out_of_reach": lambda texts: texts("it could not be sent for an hour"),
        "not_connected": lambda texts: texts("the channel is not connected yet"),
    }
)

_OF_ONE: Mapping[str, _Words] = MappingProxyType(
    {
        "opted_out": lambda texts: texts("has asked not to be asked again."),
        "already_asked": lambda texts: texts("was already asked about this ticket."),
        "open_question": lambda texts: texts("has another question waiting for an answer."),
        "asked_recently": lambda texts: texts("was asked recently."),
        "not_a_member": lambda texts: texts("only members of the workspace may ask."),
        "unreachable": lambda texts: texts("cannot be reached there."),
    }
)

_HELP: Mapping[str, Callable[[str, Texts], str]] = MappingProxyType(
    {
        "not_invited": lambda command, texts: texts("Invite the bot to the channel: {command}").format(command=command),
        "unreachable": lambda _, texts: texts(
            "The bot finds no such person or channel. It sees a private channel once it is invited."
        ),
        "no_direct_messages": lambda _, texts: texts(
            "People of another organisation can be asked in the channel that you share."
        ),
        "archived": lambda _, texts: texts("Choose another channel."),
        "no_rights": lambda _, texts: texts("Somebody who runs that place has to allow the bot to write there."),
        "blocked": lambda _, texts: texts("Whoever reads there starts the bot again."),
        "not_started": lambda _, texts: texts("Whoever reads there starts the bot again."),
        "switched_off": lambda _, texts: texts(
            "Whoever runs the program connects it, or an owner writes /here in another chat."
        ),
        "not_connected": lambda _, texts: texts(
            "Whoever runs the program connects it, or an owner writes /here in another chat."
        ),
    }
)


def counted(reason: str, texts: Texts) -> str:
    """The reason in front of a number: `asked recently`, `blocked the bot`. An unknown one stands as it is stored."""
    words = _COUNTED.get(reason)
    return words(texts) if words else reason.replace("_", " ")


def of_one(reason: str, texts: Texts) -> str:
    """The reason as the end of a sentence about one person, after a colon."""
    words = _OF_ONE.get(reason)
    return words(texts) if words else f"{counted(reason, texts)}."


def what_helps(reason: str, bot: str, texts: Texts) -> str:
    """What can be done about a place that cannot be reached; empty where nothing can. `bot` is its name there."""
    words = _HELP.get(reason)
    return words(f"/invite @{bot}" if bot else "/invite", texts) if words else ""
