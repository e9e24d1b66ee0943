"""/cases, and the buttons of low-score cases: taken, handed over, done, and done with a sentence to the customer."""

from typing import Final

from bot.address import Address
from bot.case_text import Press, Quoting, Seen, button, one, taken_by, waiting
from bot.cases import MOST_LISTED, CaseState, taken
from bot.channels import traits
from bot.events import CommandGiven, FormSent
from bot.forms import Field, Form
from bot.ports import Shown
from bot.prompts import CASES_MENU, Prompt, PromptKind
from bot.service.cases import awaiting, closing
from bot.service.cases.awaiting import LONGEST, Awaited
from bot.service.cases.seeing import quote, seen, shown_again
from bot.service.commands.talk import Incomplete, Refusal, Talk, cleaned, cleaned_lines
from bot.texts import Texts
from bot.values import replace

WORDS: Final = "words"  # the field of the form
_ASKS: Final = frozenset({Press.DONE, Press.ANSWER})


async def cases(talk: Talk, _command: CommandGiven) -> None:
    """What is not done yet, for this member alone."""
    if not await _list(talk):
        talk.say(talk.texts("No low score waits."))


async def _list(talk: Talk, after: str | None = None) -> bool:
    """The next ones behind that case, the oldest first; False where there are none."""
    found = await talk.uow.cases.unfinished(talk.workspace, MOST_LISTED + 1, after)
    listed = await seen(talk.uow, found[:MOST_LISTED])
    if not listed:
        return False
    total = sum(n for n, _ in (await talk.uow.cases.counts(talk.workspace)).values())
    last = listed[-1].case.invitation
    more = button(Press.MORE, talk.texts("More"), last) if len(found) > MOST_LISTED else None
    await _show(talk, waiting(listed, more, total, talk.texts), talk.own, beside=after is not None)
    return True


async def pressed(talk: Talk, value: str) -> None:
    """`<press>:<case>`; a case of others, or of nowhere, is told as one that is not known."""
    what, _, about = value.partition(":")
    press = Press(what) if what in set(Press) else None
    if press in {Press.SKIP, Press.CANCEL}:
        await _without_words(talk, about, skip=press is Press.SKIP)
        return
    case = await closing.found(talk.uow, talk.workspace, about)
    if case is None or press is None:
        talk.hint(talk.texts("This case is not known here any more."))
        return
    await _do(talk, case, press)


async def _do(talk: Talk, case: Seen, press: Press) -> None:
    match press:
        case Press.MORE:
            if not await _list(talk, case.case.invitation):
                talk.hint(talk.texts("No more low scores wait."))
        case Press.SHOW:
            await _show(talk, one(case, talk.texts), talk.own, beside=True)
        case Press.TAKE:
            await _take(talk, case)
        case Press.TAKE_OVER:
            await _taken(talk, case)
        case Press.LEAVE:
            await _show(talk, one(case, talk.texts), talk.own)
        case _:
            await _ask(talk, case, press)


async def _take(talk: Talk, case: Seen) -> None:
    """At once where nobody has it; else who has it, and whether to take it over all the same."""
    texts, member = talk.texts, talk.known()
    if case.case.state is CaseState.DONE:
        await _as_it_stands(talk, case)
    elif case.case.held_by_another(member.id):
        asks = texts("Do you want to take it over?")
        buttons = (
            button(Press.TAKE_OVER, texts("I take it over"), case.case.invitation),
            button(Press.LEAVE, texts("Leave it"), case.case.invitation),
        )
        title = taken_by(case, texts, talk.business.zone)
        prompt = Prompt(PromptKind.CASE, texts.locale, title=title, lines=(asks,), buttons=buttons)
        talk.show(prompt, talk.own, beside=True)
    elif case.case.state is CaseState.TAKEN:
        await _as_it_stands(talk, case)
    else:
        await _taken(talk, case)


async def _taken(talk: Talk, case: Seen) -> None:
    member = talk.known()
    if case.case.state is CaseState.DONE:
        await _as_it_stands(talk, case)
        return
    mine = taken(case.case, member.id, talk.now)
    await talk.uow.cases.change(mine)
    await _as_it_stands(talk, replace(case, case=mine, member=member.name))


async def _as_it_stands(talk: Talk, case: Seen) -> None:
    """In the place of the message that was pressed, and wherever else it is shown."""
    place = _pressed_at(talk, case)
    await _note_shown(talk, case, place)
    await _show(talk, one(case, _spoken(talk, place)), place)
    talk.dispatches += await shown_again(talk.uow, talk.business, case, besides=place)


async def _note_shown(talk: Talk, case: Seen, place: Address) -> None:
    """The pressed message shows this case; it follows what becomes of it."""
    if talk.request.message and (place.place == talk.here.place):
        shown = Shown(place, talk.request.message, _spoken(talk, place).locale)
        await talk.uow.cases.note_shown(case.case.invitation, shown)


def _spoken(talk: Talk, place: Address) -> Texts:
    """The language of the member, or of all who read there."""
    return talk.texts if place.place == talk.own.place else talk.business.texts


async def _ask(talk: Talk, case: Seen, press: Press) -> None:
    """For the words that belong to it: by a form, or in the member's own chat."""
    why = await closing.refusal(talk.uow, talk.business, case, talk.known(), press, talk.texts)
    if why:
        talk.hint(why)
        return
    await _note_shown(talk, case, _pressed_at(talk, case))
    if traits(talk.own.channel).forms:
        talk.form = _form(talk.texts, press, case)
        return
    awaited = Awaited(press, case.case.invitation, talk.texts.locale)
    await awaiting.keep(talk.uow, talk.context, talk.workspace, talk.own, talk.known().id, awaited)
    _ask_in_chat(talk, case, press)


def _ask_in_chat(talk: Talk, case: Seen, press: Press) -> None:
    texts, about = talk.texts, case.case.invitation
    skip = (button(Press.SKIP, texts("Without a word"), about),) if press is Press.DONE else ()
    prompt = Prompt(
        PromptKind.CASE,
        texts.locale,
        title=_question(press, texts),
        lines=(texts("Write it here within 10 minutes."), *one(case, texts).prompt.lines[:1]),
        buttons=(*skip, button(Press.CANCEL, texts("Cancel"), about)),
    )
    talk.show(prompt, talk.own, beside=True)
    if talk.here.place != talk.own.place:
        talk.hint(texts("I ask you in our own chat."))


def _question(press: Press, texts: Texts) -> str:
    if press is Press.ANSWER:
        return texts("What shall the customer read? They get your words and your name.")
    return texts("How did it end, in a word or two?")


def _form(texts: Texts, press: Press, case: Seen) -> Form:
    told = press is Press.ANSWER
    return Form(
        lang=texts.locale,
        title=texts("Done and told") if told else texts("Done"),
        submit=texts("Send") if told else texts("Done"),
        close=texts("Cancel"),
        state=f"{CASES_MENU}:{press.value}:{case.case.invitation}",
        fields=(
            Field(
                name=WORDS,
                label=_question(press, texts),
                hint="" if told else texts("You may leave it empty."),
                needed=told,
                longest=LONGEST[press],
                multiline=told,
            ),
        ),
    )


def is_ours(event: FormSent) -> bool:
    return event.state.startswith(f"{CASES_MENU}:")


async def filled_in(talk: Talk, event: FormSent) -> None:
    """Closes the case with the words of the form. `Incomplete` without a sentence for the customer."""
    what, _, about = event.state.removeprefix(f"{CASES_MENU}:").partition(":")
    press = Press(what) if what in {one.value for one in _ASKS} else None
    case = await closing.found(talk.uow, talk.workspace, about)
    if case is None or press is None:
        raise Refusal(talk.texts("This case is not known here any more."))
    tidied = cleaned_lines if press is Press.ANSWER else cleaned
    words = tidied(event.values.get(WORDS, ""), LONGEST[press] + 1)
    if press is Press.ANSWER and not words:
        raise Incomplete({WORDS: talk.texts("Write what the customer shall read.")})
    if len(words) > LONGEST[press]:
        raise Incomplete({WORDS: awaiting.too_long(press, talk.texts)})
    await _close(talk, case, press, words)


async def _without_words(talk: Talk, about: str, *, skip: bool) -> None:
    """Not a word is to come: the case is done without one, or nothing is changed."""
    member = talk.known()
    what = await awaiting.awaited(talk.uow, talk.context, talk.workspace, talk.own, member.id)
    if what is None or what.invitation != about:
        # What waits now is about another case, and goes on waiting.
        talk.hint(talk.texts("This was finished already."))
        return
    await talk.uow.members.drop_draft(awaiting.draft_of(talk.context, talk.workspace, talk.own))
    if not skip or what.press is not Press.DONE:
        talk.say(talk.texts("All right, nothing was changed."))
    elif (case := await closing.found(talk.uow, talk.workspace, about)) is not None:
        await _close(talk, case, what.press, "")


async def _close(talk: Talk, case: Seen, press: Press, words: str) -> None:
    why = await closing.refusal(talk.uow, talk.business, case, talk.known(), press, talk.texts)
    if why:
        talk.say(why)
        return
    how = closing.Closing(talk.known(), press, words)
    after = await closing.close(talk.uow, talk.business, case, how, talk.now)
    await _show(talk, one(after, talk.texts), talk.own)
    talk.dispatches += await shown_again(talk.uow, talk.business, after)


async def _show(talk: Talk, said: Quoting, at: Address, *, beside: bool = False) -> None:
    await quote(talk.uow, talk.workspace, [at], said)
    talk.show(said.prompt, at, beside=beside)


def _pressed_at(talk: Talk, case: Seen) -> Address:
    """Where the pressed message stands, if all who read there may read of cases; else the member's own chat."""
    here = talk.here
    return here if talk.request.message and closing.readable(talk.business, here, talk.own, case) else talk.own
