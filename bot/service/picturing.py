"""Puts pictures into messages, as each channel can show them."""

from bot.channels import traits
from bot.pictures import Note
from bot.ports import Dispatch, UnitOfWork
from bot.prompts import Prompt, PromptKind
from bot.service.figures import WEEKS_SHOWN
from bot.summary import Summary
from bot.summary_picture import trend_picture
from bot.texts import Texts
from bot.values import replace


async def pictured(uow: UnitOfWork, summary: Summary, prompt: Prompt, texts: Texts) -> Prompt:
    """The summary's message with the picture of its weeks and the owner's notes; without one where there is none."""
    last = summary.edition.week
    found = await uow.notes.between(summary.edition.workspace, last.minus(WEEKS_SHOWN - 1).first, last.last)
    return replace(prompt, picture=trend_picture(summary, texts, [Note(note.day, note.text) for note in found]))


def parted(dispatch: Dispatch) -> tuple[Dispatch, ...]:
    """The message, and where a picture is a message of its own (`Traits.photos`), that one behind it.

    They are rows of their own, so that a picture which does not get through repeats no words. It is no weekly message:
    one that is a day late, or is refused, is dropped, and the words have said it all. It belongs to the words' posting,
    and goes nowhere where they are not wanted any more.
    """
    prompt = dispatch.prompt
    if prompt.picture is None or not traits(dispatch.address.channel).photos:
        return (dispatch,)
    photo = Prompt(PromptKind.INFO, prompt.lang, title=prompt.picture.title, picture=prompt.picture)
    words = replace(dispatch, prompt=replace(prompt, picture=None))
    return words, replace(dispatch, prompt=photo, message="", reply="", week=None)


def is_photo(dispatch: Dispatch) -> bool:
    """Of what belongs to a posting: is it the picture alone?"""
    return dispatch.week is None
