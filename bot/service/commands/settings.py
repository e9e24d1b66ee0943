"""/settings by buttons, /timezone and /business typed."""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bot.business import Business, business_of
from bot.errors import WrongUse
from bot.events import CommandGiven
from bot.prompts import Button
from bot.service.commands.membership import LANGUAGES
from bot.service.commands.places import places_words
from bot.service.commands.talk import Refusal, Talk, cleaned, menu_button
from bot.spans import Every, next_post
from bot.texts import Texts
from bot.values import replace
from bot.weeks import DAY_NAMES, SHORT, PostTime, Week, zone

SETTINGS_MENU: Final = "g"
LONGEST_NAME: Final = 80  # as `bot.settings` has it
ZONES: Final = (
    "Europe/Helsinki", "Europe/Stockholm", "Europe/Tallinn", "Europe/Berlin", "Europe/London", "America/New_York",
    "Asia/Kolkata", "UTC",
)  # fmt: skip
HOURS: Final = range(6, 21)
_DAYS: Final = tuple(name[:SHORT] for name in DAY_NAMES)


async def settings(talk: Talk, _command: CommandGiven) -> None:
    _overview(talk, talk.business)


async def settings_pressed(talk: Talk, value: str) -> None:
    """``, `l`, `l:fi`, `z`, `z:Europe/Helsinki`, `d`, `d:mon`, `d:mon:09`, `e`, `e:month`; anything else does nothing.

    Where a message has no day of the week, `d` asks for the hour at once.
    """
    step, _, chosen = value.partition(":")
    if step == "d" and not chosen and talk.business.every in {Every.DAY, Every.MONTH}:
        chosen = _DAYS[talk.business.summary_at.weekday]
    if not value:
        _overview(talk, talk.business)
    elif changed := _wanted(step, chosen):
        await _change(talk, **changed)
    elif step == "d" and chosen in _DAYS:
        _ask_hour(talk, chosen)
    elif not chosen:
        _ask(talk, step)


def _wanted(step: str, chosen: str) -> dict[str, str]:
    """The setting that a button sets; empty where it asks for more, or was never on a button."""
    if step == "l" and chosen in LANGUAGES:
        return {"locale": chosen}
    if step == "z" and chosen in ZONES:
        return {"timezone": chosen}
    if step == "e" and chosen in set(Every):
        return {"summary_every": chosen}
    at = _post_time(chosen) if step == "d" else None
    return {"summary_at": str(at)} if at is not None else {}


async def timezone(talk: Talk, command: CommandGiven) -> None:
    """An IANA name; small letters will do."""
    typed = cleaned(command.argument)
    known = {name.casefold(): name for name in available_timezones()}
    found = next((name for name in (typed, known.get(typed.casefold(), "")) if name and _is_zone(name)), None)
    if found is None:
        raise Refusal(talk.texts("Write an IANA time zone, as in /timezone Europe/Helsinki."))
    await _change(talk, timezone=found)


async def business(talk: Talk, command: CommandGiven) -> None:
    """The name that customers read beside the question."""
    name = cleaned(command.argument)
    if not name or len(name) > LONGEST_NAME:
        words = talk.texts.plural(
            "Write the name of the business, as in /business Esimerkki Oy: at most {n} character.",
            "Write the name of the business, as in /business Esimerkki Oy: at most {n} characters.",
            LONGEST_NAME,
        )
        raise Refusal(words)
    await _change(talk, business_name=name)


def next_line(talk: Talk, now: Business) -> str:
    """When the next message comes by itself, if one does."""
    if now.every is Every.OFF:
        return talk.texts("No message comes by itself: it is switched off in /settings.")
    moment = next_post(talk.now, now.summary_at, now.zone, now.every).astimezone(now.zone)
    return talk.texts("Next: {moment}").format(moment=talk.texts.moment(moment))


def _message_line(now: Business, places: str, texts: Texts) -> str:
    words = {
        Every.DAY: texts("Daily message: {places}"),
        Every.WEEK: texts("Weekly message: {places}"),
        Every.MONTH: texts("Monthly message: {places}"),
        Every.OFF: texts("Message, when asked for: {places}"),
    }
    return words[now.every].format(places=places)


def _overview(talk: Talk, now: Business) -> None:
    texts = talk.texts
    places = places_words(now.destinations, texts) or texts("nowhere: an owner writes /here in some chat")
    talk.tell(
        texts("Settings"),
        texts("Business: {name}").format(name=now.name or texts("no name yet: /business Esimerkki Oy")),
        texts("Language: {language}").format(language=LANGUAGES[now.locale]),
        texts("Time zone: {zone}").format(zone=now.zone.key),
        _message_line(now, places, texts),
        next_line(talk, now),
        buttons=(
            menu_button(texts("Language"), SETTINGS_MENU, "l"),
            menu_button(texts("Time zone"), SETTINGS_MENU, "z"),
            menu_button(texts("Day and hour"), SETTINGS_MENU, "d"),
            menu_button(texts("How often"), SETTINGS_MENU, "e"),
        ),
    )


def _ask(talk: Talk, step: str) -> None:
    texts = talk.texts
    match step:
        case "l":
            buttons = [menu_button(name, SETTINGS_MENU, "l", code) for code, name in LANGUAGES.items()]
            talk.tell(texts("In which language shall I speak for the business?"), buttons=_and_back(talk, buttons))
        case "z":
            buttons = [menu_button(name, SETTINGS_MENU, "z", name) for name in ZONES]
            typed = texts("Another one: write it, as in /timezone Europe/Lisbon")
            talk.tell(texts("In which time zone is the business?"), typed, buttons=_and_back(talk, buttons))
        case "d":
            monday = Week.of(talk.business.today(talk.now)).monday
            names = [texts.weekday(monday + timedelta(days=number)) for number in range(len(_DAYS))]
            buttons = [menu_button(name, SETTINGS_MENU, "d", day) for name, day in zip(names, _DAYS, strict=True)]
            talk.tell(texts("On which day shall the weekly message come?"), buttons=_and_back(talk, buttons))
        case "e":
            often = {
                Every.DAY: texts("Every day"),
                Every.WEEK: texts("Every week"),
                Every.MONTH: texts("Every month"),
                Every.OFF: texts("Never by itself"),
            }
            buttons = [menu_button(name, SETTINGS_MENU, "e", every.value) for every, name in often.items()]
            talk.tell(texts("How often shall the message come?"), buttons=_and_back(talk, buttons))
        case _:
            pass


def _ask_hour(talk: Talk, day: str) -> None:
    buttons = [menu_button(f"{hour:02}:00", SETTINGS_MENU, "d", day, f"{hour:02}") for hour in HOURS]
    talk.tell(talk.texts("At which hour?"), buttons=_and_back(talk, buttons))


def _and_back(talk: Talk, buttons: list[Button]) -> tuple[Button, ...]:
    return *buttons, menu_button(talk.texts("Back"), SETTINGS_MENU, "")


def _post_time(chosen: str) -> PostTime | None:
    day, _, hour = chosen.partition(":")
    known = day in _DAYS and hour in {f"{one:02}" for one in HOURS}
    return PostTime.parse(f"{day} {hour}:00") if known else None


def _is_zone(name: str) -> bool:
    try:
        return isinstance(zone(name), ZoneInfo)
    except WrongUse:
        return False


async def _change(talk: Talk, **values: str) -> None:
    _overview(talk, await store(talk, **values))


async def store(talk: Talk, **values: str) -> Business:
    """What an owner set wins over the environment; the business as it is to act from now on."""
    known = await talk.uow.workspaces.get(talk.workspace, lock=True) or talk.business.workspace
    changed = replace(known, settings={**known.settings, **values})
    await talk.uow.workspaces.change(changed)
    return business_of(changed, talk.context.settings, talk.context.accounts)
