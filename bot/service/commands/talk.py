"""One request in its transaction: who gave it, in which language, and where its answer goes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.address import Address
from bot.business import Business
from bot.channels import traits
from bot.destinations import Destination
from bot.errors import WrongUse
from bot.events import MenuPressed, Outcome, Request
from bot.forms import Form
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Action, Button, Prompt, PromptKind
from bot.service.context import Context
from bot.service.picturing import parted
from bot.texts import Texts, best_locale, texts
from bot.values import replace
from bot.workspace import Member, Role

LONGEST_TYPED: Final = 200
IN_PLACE, BESIDE = "old ", "new "  # `bot.ports.Dispatch.reply`
LONGEST_LABEL: Final = 60  # a phone shows about half of it in one line
MOST_AT_ONCE: Final = 3000  # characters; a message of Telegram holds 4096 (core.telegram.org/bots/api#sendmessage)
LONGEST_NOTICE: Final = 200  # core.telegram.org/bots/api#answercallbackquery
# Controls, marks of direction and halves of characters: none of them is part of a name or a ticket.
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_GAP: Final = re.compile("\n{3,}")


class Refusal(WrongUse):
    """A kind sentence in the person's own language; whatever was written for the request is undone."""


class Incomplete(WrongUse):
    """The form stays open: `errors` say by field what is missing. Nothing is stored, so it can be sent again."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def cleaned(typed: str, longest: int = LONGEST_TYPED) -> str:
    """What somebody typed, on one line and without characters that nobody sees."""
    return " ".join(_UNSEEN.sub(" ", typed).split())[:longest].strip()


def cleaned_lines(typed: str, longest: int = LONGEST_TYPED) -> str:
    """The same with its line ends; at most one empty line between two paragraphs."""
    lines = "\n".join(cleaned(line, longest) for line in typed.splitlines())
    return _GAP.sub("\n\n", lines).strip()[:longest].strip()


def menu_button(label: str, *value: str, danger: bool = False) -> Button:
    """A button that comes back with these parts of its value, joined by colons."""
    short = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"
    return Button(Action.MENU, short, danger, ":".join(value))


def pages(lines: Sequence[str]) -> list[list[str]]:
    """The lines in order, as many to a page as fit; one that is too long alone is cut in pieces."""
    pages: list[list[str]] = [[]]
    room = MOST_AT_ONCE
    for piece in _pieces(lines):
        if len(piece) > room:
            pages.append([])
            room = MOST_AT_ONCE
        pages[-1].append(piece)
        room -= len(piece) + 1
    return pages


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        for start in range(0, len(line), MOST_AT_ONCE):
            yield line[start : start + MOST_AT_ONCE]


class Answer(Outcome, frozen=True):
    """What comes of a request. `prompts` and `form` are shown where it was made, if it is answered in its place;
    `errors` say by field what is wrong with a form."""

    prompts: tuple[Prompt, ...] = ()
    form: Form | None = None
    errors: Mapping[str, str] = {}


@dataclass(slots=True, kw_only=True)
class Talk:
    """What a command or a button is answered with is collected here, and stored together with what it changed.

    `beside`: the message whose button was pressed stays, whatever is answered.
    """

    uow: UnitOfWork
    request: Request
    context: Context
    business: Business
    member: Member | None
    dispatches: list[Dispatch] = field(default_factory=list)
    notice: str | None = None
    prompts: list[Prompt] = field(default_factory=list)
    form: Form | None = None
    beside: bool = False

    @property
    def texts(self) -> Texts:
        """The person's own language, else the business's."""
        return texts(best_locale(self.request.person.locale, self.business.locale))

    @property
    def workspace(self) -> str:
        return self.request.workspace

    @property
    def now(self) -> datetime:
        return self.context.clock.now()

    @property
    def is_owner(self) -> bool:
        return self.member is not None and self.member.role is Role.OWNER

    @property
    def here(self) -> Address:
        """The chat, group or topic where it was given, for everybody who reads there."""
        return replace(self.request.address, user="") if self.request.address.shared else self.request.address

    @property
    def own(self) -> Address:
        return self.request.person.address

    @property
    def unseen(self) -> bool:
        """Has nobody else read what was written?"""
        return self.request.address.private or self._whispers

    @property
    def aside(self) -> Address:
        """Where somebody reads it with whom we may not have a chat yet."""
        return self.own if self.member is not None or self._whispers else self.here

    @property
    def _whispers(self) -> bool:
        return traits(self.request.address.channel).whispers

    @property
    def at_owners(self) -> bool:
        """Was it given where the owners read the weekly message?"""
        return self.destination is not None

    @property
    def destination(self) -> Destination | None:
        """The destination that this chat is, if it is one."""
        here = self.here.place
        return next((one for one in self.business.destinations if one.address.place == here), None)

    def known(self) -> Member:
        """The member who gave it; `Refusal` for anybody else."""
        if self.member is None:
            raise Refusal(self.texts("Only members of the workspace can do that."))
        return self.member

    def say(self, title: str, *lines: str, buttons: tuple[Button, ...] = (), at: Address | None = None) -> None:
        """An answer for this person alone, unless a place is given."""
        told = tuple(line for line in lines if line)
        self.show(Prompt(PromptKind.INFO, self.texts.locale, title=title, lines=told, buttons=buttons), at or self.own)

    def tell(self, title: str, *lines: str, buttons: tuple[Button, ...] = ()) -> None:
        """An answer that the owners' chat may read as well, if it was asked for there."""
        self.say(title, *lines, buttons=buttons, at=self.openly)

    @property
    def openly(self) -> Address:
        return self.here if self.at_owners and not self.request.in_place else self.own

    def show(self, prompt: Prompt, at: Address, *, beside: bool = False) -> None:
        """In the place of the message whose button was pressed, if that stands there; else, and `beside` it, a new one.

        What is for this person alone goes the way that the request left open for it.
        """
        mine, beside = at.place == self.own.place, beside or self.beside
        if self.request.in_place and mine:
            self.prompts.append(prompt)
            return
        pressed = isinstance(self.request.event, MenuPressed) and at.place == self.here.place and not beside
        message = self.request.message if pressed and not self._replaced else ""
        reply = self.request.reply if mine else ""
        if beside or any(dispatch.reply for dispatch in self.dispatches):
            reply = reply.replace(IN_PLACE, BESIDE, 1)
        # People of other organisations are reached where they acted, in that thread, and nowhere else.
        pressed_there = isinstance(self.request.event, MenuPressed) or not reply
        aside = mine and self._whispers and self.request.address.shared and pressed_there
        decided = Dispatch(
            workspace=self.workspace,
            address=self.request.address if aside else at,
            prompt=prompt,
            message=message,
            alone=aside,
            reply=reply,
        )
        self.dispatches += parted(decided)

    @property
    def _replaced(self) -> bool:
        return any(dispatch.message for dispatch in self.dispatches)

    def hint(self, sentence: str) -> None:
        """A few words for the person who pressed, beside a message that stays as it is."""
        self.notice = sentence[:LONGEST_NOTICE]
