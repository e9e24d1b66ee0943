"""/note: what the business changed and when, marked in the pictures, with the figures before and after it."""

import re
from datetime import date, timedelta
from typing import Final

from bot.before_after import comparison_words
from bot.events import CommandGiven
from bot.picture_text import note_words
from bot.pictures import Note
from bot.ports import StoredNote
from bot.prompts import NOTES_MENU, Button
from bot.service.commands.talk import Refusal, Talk, cleaned, menu_button
from bot.service.comparing import Comparison, compared
from bot.service.context import storable

LONGEST_NOTE: Final = 80  # what a phone shows in two lines below the picture
MOST_A_YEAR: Final = 50
FARTHEST: Final = timedelta(days=366)
SHOWN: Final = 8
LONGEST_OFFSET: Final = 4  # digits
_TYPED: Final = 1000
_DATED: Final = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?: (.*))?")
_OTHERWISE_DATED: Final = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}(?!\d)|\d{4}[./]\d{1,2}[./]\d{1,2}(?!\d)")


async def note(talk: Talk, command: CommandGiven) -> None:
    """`new invoice layout`, `2026-11-12 new invoice layout`; without words the list."""
    typed = cleaned(command.argument, _TYPED)
    if not typed:
        await _list(talk)
        return
    day, words = _read(talk, typed)
    # Locked, so that two who write at once do not go past the limit together.
    await talk.uow.workspaces.get(talk.workspace, lock=True)
    year = date(day.year, 1, 1), date(day.year, 12, 31)
    if await talk.uow.notes.count(talk.workspace, *year) >= MOST_A_YEAR:
        words = talk.texts.plural(
            "A year has room for {n} note, and {year} is full. /note shows them; remove one first.",
            "A year has room for {n} notes, and {year} is full. /note shows them; remove one first.",
            MOST_A_YEAR,
            year=str(day.year),
        )
        raise Refusal(words)
    await talk.uow.notes.add(StoredNote(talk.context.ids.new(), talk.workspace, day, words, talk.now))
    texts = talk.texts
    shown = note_words(Note(day, words), texts)
    talk.tell(texts("Noted"), shown, texts("It is marked in the pictures of these weeks. /note shows all notes."))


async def notes_pressed(talk: Talk, value: str) -> None:
    """``, `l:8` (the list from the ninth on), `r:<id>` removes, `b` chooses, `b:<id>` compares; else nothing."""
    step, _, chosen = value.partition(":")
    if not value or (step == "l" and chosen.isdigit() and len(chosen) <= LONGEST_OFFSET):
        await _list(talk, int(chosen or 0))
    elif step == "r" and chosen.isalnum():
        await talk.uow.notes.remove(talk.workspace, chosen)
        await _list(talk)
    elif value == "b":
        await _choose(talk)
    elif step == "b" and chosen.isalnum():
        await _compare(talk, chosen)


def _read(talk: Talk, typed: str) -> tuple[date, str]:
    """The day and the words; `Refusal` says what is wrong with them."""
    texts, today = talk.texts, talk.business.today(talk.now)
    dated = _DATED.fullmatch(typed)
    written, words = (dated[1], (dated[2] or "").strip()) if dated else ("", typed)
    example = texts("Write the day as in /note {day} new invoice layout.").format(day=today)
    if not dated and _OTHERWISE_DATED.match(words):
        raise Refusal(example)  # it would be noted today, with another day in its words
    try:
        day = date(*(int(part) for part in written.split("-"))) if written else today
    except ValueError:
        raise Refusal(texts("There is no such day.") + " " + example) from None
    if not words:
        raise Refusal(texts("Write what you changed behind the day.") + " " + example)
    if not storable(words):
        raise Refusal(texts("That did not work; nothing was changed."))
    if abs(day - today) > FARTHEST:
        raise Refusal(texts("The day of a note is at most a year away."))
    if len(words) > LONGEST_NOTE:
        longest = texts.plural("A note has at most {n} character.", "A note has at most {n} characters.", LONGEST_NOTE)
        too_long = texts.plural("This one has {n} character.", "This one has {n} characters.", len(words))
        raise Refusal(f"{longest} {too_long}")
    return day, words


async def _list(talk: Talk, offset: int = 0) -> None:
    texts = talk.texts
    found = await talk.uow.notes.newest(talk.workspace, SHOWN + 1, offset)
    how = texts("Write /note and what you changed, as in /note new invoice layout.")
    if not found and not offset:
        talk.tell(texts("There are no notes yet."), how)
        return
    shown, more = found[:SHOWN], len(found) > SHOWN
    buttons: list[Button] = []
    if any(one.day <= talk.business.today(talk.now) for one in shown):
        buttons.append(menu_button(texts("Before and after"), NOTES_MENU, "b"))
    buttons += [menu_button(_removing(talk, one), NOTES_MENU, "r", one.id, danger=True) for one in shown]
    if more:
        buttons.append(menu_button(texts("Older"), NOTES_MENU, "l", str(offset + SHOWN)))
    if offset:
        buttons.append(menu_button(texts("Back"), NOTES_MENU, "l", str(max(0, offset - SHOWN))))
    talk.tell(texts("Notes"), *(_words(talk, one) for one in shown), "" if more else how, buttons=tuple(buttons))


def _words(talk: Talk, one: StoredNote) -> str:
    """With its year, where that is not this one."""
    words = note_words(Note(one.day, one.text), talk.texts)
    return words if one.day.year == talk.business.today(talk.now).year else f"{one.day.year} · {words}"


def _removing(talk: Talk, one: StoredNote) -> str:
    return talk.texts("Remove: {note}").replace("{note}", one.text)


async def _choose(talk: Talk) -> None:
    """Which note to compare around; of a single one there is nothing to ask."""
    texts, today = talk.texts, talk.business.today(talk.now)
    found = [one for one in await talk.uow.notes.newest(talk.workspace, SHOWN) if one.day <= today]
    if len(found) == 1:
        await _compare(talk, found[0].id)
        return
    buttons = [menu_button(_words(talk, one), NOTES_MENU, "b", one.id) for one in found]
    talk.tell(texts("Before and after which note?"), buttons=(*buttons, _back(talk)))


async def _compare(talk: Talk, chosen: str) -> None:
    found = await talk.uow.notes.get(talk.workspace, chosen)
    if found is None:
        talk.hint(talk.texts("This note was removed."))
        return
    comparison = await compared(talk.uow, talk.business, found, talk.business.today(talk.now))
    title = _words(talk, found)
    talk.tell(title, *_comparison(talk, comparison), buttons=(_back(talk),))


def _comparison(talk: Talk, comparison: Comparison | None) -> list[str]:
    texts = talk.texts
    if comparison is None:
        return [texts("The day lies ahead: there is nothing to compare yet.")]
    told, caveat = [], ""
    for one in comparison.found:
        _, *sides, caveat = comparison_words(one, texts)
        told += sides
    told += [
        texts("{survey}: its scale changed in these weeks, so they cannot be compared.").format(survey=survey.slug)
        for survey in comparison.changed_scale
    ]
    told += [
        texts.plural(
            "{survey}: {n} answer on another scale is not counted in it.",
            "{survey}: {n} answers on another scale are not counted in it.",
            n,
            survey=slug,
        )
        for slug, n in comparison.left_out
    ]
    return [*told, caveat] if told else [texts("Nobody answered in the four weeks before it or since.")]


def _back(talk: Talk) -> Button:
    return menu_button(talk.texts("Back"), NOTES_MENU, "")
