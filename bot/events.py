"""What can happen: to an invitation, to a customer, and how it arrives from a channel."""

from collections.abc import Mapping

import msgspec

from bot.address import Address


class Delivered(msgspec.Struct, frozen=True):
    """The platform took the question (web chat: the page showed it)."""

    message: str = ""


class Failed(msgspec.Struct, frozen=True):
    """The question could not be delivered and will not be tried again by itself."""

    reason: str


class ScoreChosen(msgspec.Struct, frozen=True):
    """The person tapped or typed a score."""

    score: int


class CommentWritten(msgspec.Struct, frozen=True):
    """Words that belong to this invitation. `message` is the platform's id of them, for later edits."""

    text: str
    message: str = ""


class CommentEdited(msgspec.Struct, frozen=True):
    """The person edited words that were kept before."""

    text: str
    message: str


class CommentWithdrawn(msgspec.Struct, frozen=True):
    """The last kept words were "not meant as a comment"."""


class ChangeWanted(msgspec.Struct, frozen=True):
    """The person wants to see the buttons again."""


class NotSolved(msgspec.Struct, frozen=True):
    """The person says that the matter is not solved yet."""


class AnswerDeleted(msgspec.Struct, frozen=True):
    """The person takes the answer back, score and words."""


class Cancelled(msgspec.Struct, frozen=True):
    """The business takes the question back."""

    reason: str = "cancelled"


class TimePassed(msgspec.Struct, frozen=True):
    """A tick: expire or close what is due."""


InvitationEvent = (
    Delivered | Failed | ScoreChosen | CommentWritten | CommentEdited | CommentWithdrawn | ChangeWanted | NotSolved
    | AnswerDeleted | Cancelled | TimePassed
)  # fmt: skip


class TextWritten(msgspec.Struct, frozen=True):
    """Words without a token. `replies_to` is the invitation whose message they answer, if any.

    Where only the platform's id of that message is known, `quotes` holds it. `message` is the platform's id of the
    words themselves.
    """

    text: str
    replies_to: str | None = None
    message: str = ""
    quotes: str = ""


class TextEdited(msgspec.Struct, frozen=True):
    """Words that were written before read differently now; without text they were taken back."""

    text: str
    message: str


class OtherSent(msgspec.Struct, frozen=True):
    """A photo, a voice message, a sticker: nothing that can be kept."""

    quotes: str = ""


class Started(msgspec.Struct, frozen=True):
    """The person opened the conversation (Telegram's /start): questions that waited for it may come."""


class OptedOut(msgspec.Struct, frozen=True):
    """Never ask this person again."""


class OptedIn(msgspec.Struct, frozen=True):
    """The person wants to be asked again."""


class ConsentGiven(msgspec.Struct, frozen=True):
    """Yes, you may ask me."""


class ConsentRefused(msgspec.Struct, frozen=True):
    """No, do not ask me."""


class LinkAccepted(msgspec.Struct, frozen=True):
    """After an opt-out, a link's question may come: this one alone, or others again too."""

    allow_again: bool = False


CustomerEvent = (
    TextWritten | TextEdited | OtherSent | Started | OptedOut | OptedIn | ConsentGiven | ConsentRefused | LinkAccepted
)


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way in. `event_id` is the platform's own; the same id never counts twice (kept 30 days).

    `address` is where it came from and who did it; `invitation` comes from a button's verified token, and `message` is
    the platform's id of the message that the button stands under. `aloud`: the platform cannot answer the event itself,
    so what is to be told becomes a message. `locale` is the acting person's language, as far as the platform tells it.
    `reply` is the platform's way to answer this person alone (`bot.ports.Dispatch`).
    """

    event_id: str
    workspace: str
    address: Address
    event: InvitationEvent | CustomerEvent
    invitation: str | None = None
    message: str = ""
    aloud: bool = False
    locale: str | None = None
    reply: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What the person who acted is told, alone and at once.

    `known` marks a redelivery that changed nothing, `parked` an event that could not be stored and waits for a look.
    """

    notice: str | None = None
    known: bool = False
    parked: bool = False


class Person(msgspec.Struct, frozen=True):
    """Somebody as the platform tells of them: `address` is their own chat with us, `locale` their language if known."""

    address: Address
    name: str = ""
    locale: str | None = None


class CommandGiven(msgspec.Struct, frozen=True):
    """`/name argument`. `about` is the person whose message it replies to."""

    name: str
    argument: str = ""
    about: Person | None = None


class MenuPressed(msgspec.Struct, frozen=True):
    """A button of a message that a command brought; `value` is what the command's use case put there."""

    value: str


class FormWanted(msgspec.Struct, frozen=True):
    """A member wants to ask somebody by filling in a form. `about` is the person whose message it starts from,
    `argument` what was typed, `message` that message's id: the ticket, where tickets are messages."""

    argument: str = ""
    about: Person | None = None
    message: str = ""


class FormSent(msgspec.Struct, frozen=True):
    """The form as it was filled in: `values` by the name of the field, `state` as the form had it.

    A person who was chosen is told in `person`.
    """

    values: Mapping[str, str]
    state: str = ""
    person: Person | None = None


class MessageMarked(msgspec.Struct, frozen=True):
    """A member put the agreed sign on the first message of a ticket: its author is to be asked about it.

    `about` wrote it, `message` is the platform's id of it.
    """

    about: Person
    message: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants of the program itself, and not of one question: a command, or a button below its answer.

    `address` is where it was given, `message` the platform's id of the message that holds the button. The same
    `event_id` never counts twice. `reply` is the platform's way to answer this person alone (`bot.ports.Dispatch`).
    `in_place`: the answer is shown where the request was made (a dialogue, the app's home) and is no message.
    `member` is who gave it, where the platform has proved that (a browser that a member signed in with); elsewhere the
    person's own chat tells.
    """

    event_id: str
    workspace: str
    address: Address
    person: Person
    event: CommandGiven | MenuPressed | FormWanted | FormSent | MessageMarked
    message: str = ""
    reply: str = ""
    in_place: bool = False
    member: str | None = None
