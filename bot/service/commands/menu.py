"""Which commands there are for whom, each with one line about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.texts import Texts
from bot.workspace import Role

_Words = Callable[[Texts], str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """`role` is the least that one must be; None is anybody."""

    name: str
    about: _Words
    role: Role | None = None


_MENU: Final[tuple[_Entry, ...]] = (
    _Entry("start", lambda texts: texts("Begin, and allow questions")),
    _Entry("survey", lambda texts: texts("Ask a customer: by ticket, name or address"), Role.STAFF),
    _Entry("cancel", lambda texts: texts("Take a question back"), Role.STAFF),
    _Entry("cases", lambda texts: texts("Low scores that are not done yet"), Role.STAFF),
    _Entry("mine", lambda texts: texts("Answers about your own work"), Role.STAFF),
    _Entry("summary", lambda texts: texts("The summary: last week, a week, or now"), Role.OWNER),
    _Entry("kpi", lambda texts: texts("Figures of this week and last week"), Role.OWNER),
    _Entry("note", lambda texts: texts("Note what you changed: it is marked in the pictures"), Role.OWNER),
    _Entry("here", lambda texts: texts("Post the summary in this chat"), Role.OWNER),
    _Entry("settings", lambda texts: texts("Language, time zone, day and hour"), Role.OWNER),
    _Entry("invite", lambda texts: texts("A one-time code for a new member"), Role.OWNER),
    _Entry("whoami", lambda texts: texts("Your name and role here"), Role.STAFF),
    _Entry("mydata", lambda texts: texts("What is stored about you; delete it"), None),
    _Entry("stop", lambda texts: texts("No more questions to you")),
    _Entry("help", lambda texts: texts("What you can do here")),
)
# Understood, and shown in no list: they are written once, with something behind them.
_UNLISTED: Final = {"claim": None, "join": None, "timezone": Role.OWNER, "business": Role.OWNER}
# Of the listed ones, what somebody may write who does not see it in the list.
_FOR_ALL: Final = frozenset({"whoami"})
NEEDED_ROLE: Final = {
    **{entry.name: None if entry.name in _FOR_ALL else entry.role for entry in _MENU},
    **_UNLISTED,
}


def commands_for(role: Role | None, texts: Texts) -> list[tuple[str, str]]:
    """`(name, description)` of what this role can do, as a platform's command list and /help show it.

    None is a customer. A description has 1 to 256 characters (core.telegram.org/bots/api#botcommand).
    """
    return [(entry.name, entry.about(texts)) for entry in _MENU if may(role, entry.role)]


def may(role: Role | None, needed: Role | None) -> bool:
    """An owner may do all that staff may."""
    return needed is None or role is Role.OWNER or role is needed
