"""Words that a member was asked for in their own chat, where the platform has no forms: the next text is taken."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from bot.address import Address
from bot.business import Business
from bot.case_text import Press, one
from bot.events import Arrival, TextWritten
from bot.ports import Dispatch, UnitOfWork
from bot.service.cases.closing import Closing, close, found, refusal, told_there
from bot.service.cases.seeing import shown_again
from bot.service.context import Context
from bot.service.messages import note
from bot.texts import Texts, texts

AWAITED_FOR: Final = timedelta(minutes=10)
LONGEST_OUTCOME: Final = 200
LONGEST_SENTENCE: Final = 1000
LONGEST: Final = {Press.DONE: LONGEST_OUTCOME, Press.ANSWER: LONGEST_SENTENCE}


@dataclass(frozen=True, slots=True)
class Awaited:
    """`press` says what the words are, `locale` in which language we talk."""

    press: Press
    invitation: str
    locale: str


def draft_of(context: Context, workspace: str, own: Address) -> str:
    """One for each chat: a new question takes the place of an older one."""
    return context.tokens.digest("awaited", f"{workspace}|{own.key}")


async def keep(uow: UnitOfWork, context: Context, workspace: str, own: Address, member: str, what: Awaited) -> None:
    draft, expires_at = draft_of(context, workspace, own), context.clock.now() + AWAITED_FOR
    await uow.members.add_draft(draft, workspace, member, asdict(what), expires_at)


async def awaited(uow: UnitOfWork, context: Context, workspace: str, own: Address, member: str) -> Awaited | None:
    """What this member was asked for in this chat less than ten minutes ago."""
    body = await uow.members.draft(draft_of(context, workspace, own), member, context.clock.now())
    return None if body is None else Awaited(Press(body["press"]), body["invitation"], body["locale"])


async def answered(
    uow: UnitOfWork, context: Context, business: Business, arrival: Arrival, words: TextWritten
) -> list[Dispatch] | None:
    """What comes of words in a member's own chat; None where nothing was asked for, and they mean something else."""
    own, workspace, text = arrival.address, arrival.workspace, words.text.strip()
    draft = draft_of(context, workspace, own)
    if not text or text.startswith("/") or words.replies_to or not await uow.members.has_draft(draft):
        return None
    member = await uow.members.by_address(workspace, own)
    what = await awaited(uow, context, workspace, own, member.id) if member is not None else None
    if member is None or what is None:
        return None
    spoken = texts(what.locale)
    if len(text) > LONGEST[what.press]:
        return [_note(arrival, too_long(what.press, spoken), spoken)]
    await uow.members.drop_draft(draft)
    case = await found(uow, workspace, what.invitation)
    if case is None:
        return [_note(arrival, spoken("This case is not known here any more."), spoken)]
    if why := await refusal(uow, business, case, member, what.press, spoken):
        return [_note(arrival, why, spoken)]
    after = await close(uow, business, case, Closing(member, what.press, text), context.clock.now())
    return [*await shown_again(uow, business, after), await told_there(uow, business, own, one(after, spoken))]


def too_long(press: Press, texts: Texts) -> str:
    return texts.plural(
        "That is too long: {n} character at most.", "That is too long: {n} characters at most.", LONGEST[press]
    )


def _note(arrival: Arrival, words: str, spoken: Texts) -> Dispatch:
    return Dispatch(workspace=arrival.workspace, address=arrival.address, prompt=note(words, spoken.locale))
