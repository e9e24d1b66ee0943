"""/here: where the weekly message is read, and of which group a place reads."""

from typing import Final

from bot.destinations import LIMITS, Destination, listed
from bot.events import CommandGiven
from bot.service.commands.places import places_words
from bot.service.commands.settings import next_line, store
from bot.service.commands.talk import Refusal, Talk, cleaned, menu_button
from bot.service.narrowing import known_keys
from bot.summary import Group
from bot.summary_text.names import group_words
from bot.texts import Texts

HERE_MENU: Final = "h"
MOST_KEYS: Final = 30


async def here(talk: Talk, command: CommandGiven) -> None:
    """Adds this chat or topic to where the weekly message goes, perhaps of one group alone; told where it was written.

    `team Billing`, `tag vat`, `touchpoint chat`; without words as it is, or of everything where it is new, `all`.
    """
    texts, place = talk.texts, talk.here
    if place.via:
        raise Refusal(texts("Write /here in the chat, group or topic where the summary is to be read."))
    known = talk.destination
    wanted = await _limited(talk, command) if command.argument.strip() or known is None else known
    if known is not None and (wanted.limit, wanted.key) == (known.limit, known.key):
        stop = menu_button(texts("Stop posting here"), HERE_MENU, "stop")
        already = texts("The summary is posted here already.")
        talk.say(already, _about(wanted, texts), next_line(talk, talk.business), buttons=(stop,), at=place)
        return
    others = [one for one in talk.business.destinations if one is not known]
    changed = await store(talk, owner_channel=listed((*others, wanted)))
    readers = texts("It quotes what customers wrote; everybody in this chat reads it.") if place.shared else ""
    begun = texts("The summary is posted here from now on.")
    talk.say(begun, _about(wanted, texts), next_line(talk, changed), readers, at=place)


async def _limited(talk: Talk, command: CommandGiven) -> Destination:
    """This place as the words limit it; a group is known by its name in any case of letters, or by its beginning."""
    texts = talk.texts
    limit, _, name = cleaned(command.argument).partition(" ")
    limit, wanted = limit.casefold(), name.casefold().strip()
    if limit in {"", "all"} and not wanted:
        return Destination(talk.here)
    if limit not in LIMITS:
        words = texts(
            "Write what it is to be about: /here team Billing, /here tag urgent, /here touchpoint chat, /here all."
        )
        raise Refusal(words)
    keys = await known_keys(talk.uow, talk.workspace, limit, talk.business.today(talk.now))
    same = [key for key in keys if key.casefold() == wanted]
    begins = [key for key in keys if wanted and key.casefold().startswith(wanted)]
    found = same or begins
    if name in keys or len(found) == 1:
        return Destination(talk.here, limit, name if name in keys else found[0])
    if not keys:
        raise Refusal(texts("No question has had such a group yet."))
    shown = ", ".join(keys[:MOST_KEYS]) + (" …" if len(keys) > MOST_KEYS else "")
    raise Refusal(texts("I do not know {name}. There are: {names}").format(name=name or limit, names=shown))


def _about(place: Destination, texts: Texts) -> str:
    if not place.limit:
        return ""
    words = texts("It is about {group}: its figures beside everybody's, and its comments alone.")
    return words.replace("{group}", group_words(Group(place.limit, place.key), texts))


async def here_pressed(talk: Talk, value: str) -> None:
    if value != "stop":
        return
    texts, place = talk.texts, talk.here
    left = tuple(one for one in talk.business.destinations if one.address.place != place.place)
    await store(talk, owner_channel=listed(left))
    where = texts("It is still posted in: {places}").format(places=places_words(left, texts))
    nowhere = texts("Now no summary is posted anywhere, until an owner writes /here in some chat.")
    talk.say(texts("The summary is not posted here any more."), where if left else nowhere, at=place)
