"""Fills in what Slack tells of people on demand only, before the core reads their names."""

import asyncio

from adapters.slack.faces import Faces
from bot.events import FormSent, FormWanted, MessageMarked, Person, Request
from bot.values import replace


async def completed(request: Request, faces: Faces) -> Request:
    """With the names and languages of who made the request and whom it is about; without Slack's answer as it was."""
    match request.event:
        case FormWanted(about=Person() as about) as wanted:
            who, whom = await _both(request.person, about, faces)
            return replace(request, person=who, event=replace(wanted, about=whom))
        case FormSent(person=Person() as about) as sent:
            who, whom = await _both(request.person, about, faces)
            return replace(request, person=who, event=replace(sent, person=whom))
        case MessageMarked(about=about) as marked:
            who, whom = await _both(request.person, about, faces)
            return replace(request, person=who, event=replace(marked, about=whom))
        case _:
            return replace(request, person=await faces.person(request.person))


async def _both(who: Person, about: Person, faces: Faces) -> tuple[Person, Person]:
    """At once: whoever waits for a dialogue waits for one look, not for two."""
    return await asyncio.gather(faces.person(who), faces.person(about))
