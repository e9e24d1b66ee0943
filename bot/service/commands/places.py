"""What a destination of the weekly message is called."""

from collections.abc import Iterable

from bot.destinations import Destination
from bot.summary import Group
from bot.summary_text.names import group_words
from bot.texts import Texts
from bot.values import replace


def places_words(places: Iterable[Destination], texts: Texts) -> str:
    """Each with what it is limited to."""
    return ", ".join(
        f"{replace(one, limit='', key='')} ({group_words(Group(one.limit, one.key), texts)})" if one.limit else str(one)
        for one in places
    )
