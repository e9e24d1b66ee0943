"""Wording per language, from gettext catalogues; English is the source language and needs none."""

import gettext
import io
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files

from babel.core import Locale
from babel.dates import format_date, format_interval, format_skeleton, get_timezone_location
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = ("en", "fi", "sv")
NO_BREAK = "\u00a0"
MINUS = "\u2212"
_REGION = {"en": "en_GB"}  # day before month, as the examples have it
_DAY = {"en": "MMMd", "fi": "Md", "sv": "MMMMd"}
_SPAN = {"en": "MMMd", "fi": "Md", "sv": "MMMd"}
_PATTERN = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}


class Texts:
    """One language's wording. Called with the English text, it gives the translation."""

    def __init__(self, locale: str, catalogue: gettext.NullTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue
        self._babel = Locale.parse(_REGION.get(locale, locale))
        self._found: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = self._catalogue.gettext(text)
        return found

    def plural(self, one: str, many: str, n: int, **fields: str) -> str:
        """The form for `n`, with `{n}` and the other fields filled in."""
        return self._catalogue.ngettext(one, many, n).format(n=self.number(n), **fields)

    def number(self, value: float, digits: int = 0) -> str:
        """A rounded number with this many decimals (0 to 2), as the language writes it: 2,450 or 2 450; 5.4 or 5,4."""
        return format_decimal(value, _PATTERN[digits], self._babel).replace("-", MINUS)

    def decimal(self, value: float, digits: int) -> str:
        """A small number with exactly this many decimals: 0.004, 0,004."""
        return format_decimal(value, f"0.{'0' * digits}", self._babel)

    def signed(self, value: float, digits: int = 0) -> str:
        """A rounded difference with its sign, plus, minus or ±."""
        sign = "+" if value > 0 else "" if value < 0 else "±"
        return sign + self.number(value, digits)

    def percent(self, value: float, digits: int = 0) -> str:
        """80 %, with a space that does not break in the languages whose rules ask for one."""
        return f"{self.number(value, digits)}{' ' if self.locale == 'en' else NO_BREAK}%"

    def short_date(self, day: date | datetime) -> str:
        """Day and month as the language writes them in a sentence: 20 Nov, 20.11., 20 november."""
        return format_skeleton(_DAY[self.locale], _at_midnight(day), locale=self._babel)

    def long_day(self, day: date | datetime) -> str:
        """Weekday and date as they stand in a sentence: Tuesday 24 Nov, tiistaina 24.11., tisdag 24 november."""
        return f"{format_date(day, 'EEEE', locale=self._babel)} {self.short_date(day)}"

    def moment(self, local: datetime) -> str:
        """Weekday, date and time of a local moment: Monday 23 Nov 09:00, maanantaina 23.11. klo 9.00."""
        hour = format_skeleton("Hm", local, locale=self._babel)
        return self("{day} {time}").format(day=self.long_day(local), time=hour)

    def weekday(self, day: date) -> str:
        """The weekday in short: Tue, ti, tis."""
        return format_date(day, "ccc", locale=self._babel)

    def day_title(self, day: date) -> str:
        """Weekday and date at the beginning of a line: Tuesday 17 Nov, Tiistai 17.11., Tisdag 17 november."""
        return f"{_capital(format_date(day, 'cccc', locale=self._babel))} {self.short_date(day)}"

    def month_title(self, day: date) -> str:
        """Month and year at the beginning of a line: November 2026, Marraskuu 2026."""
        return _capital(format_date(day, "LLLL y", locale=self._babel))

    def span(self, first: date, last: date) -> str:
        """The days from `first` to `last`, with what they share said once."""
        days = format_interval(first, last, _SPAN[self.locale], locale=self._babel).replace("\u2009", " ")
        return days.replace(".", "") if self.locale == "sv" else days

    def city(self, zone: str) -> str:
        """The city that an IANA time zone is named after, in this language: Helsinki, Helsingfors."""
        return get_timezone_location(zone, locale=self._babel, return_city=True)

    def listed(self, names: list[str]) -> str:
        """`a, b or c`, in the language's way."""
        *others, last = names or [""]
        return self("{others} or {last}").format(others=", ".join(others), last=last) if others else last


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _at_midnight(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time())


def best_locale(wanted: str | None, default: str = "en") -> str:
    """The nearest language that we have: `fi-FI` is `fi`, an unknown one is the default."""
    language = (wanted or "").replace("_", "-").split("-")[0].casefold()
    return language if language in LOCALES else default


@cache
def texts(locale: str) -> Texts:
    """The wording in this language; an unknown one speaks English."""
    language = best_locale(locale)
    if language == "en":
        return Texts("en", gettext.NullTranslations())
    source = files("bot.texts").joinpath(f"{language}.po")
    compiled = io.BytesIO()
    with source.open("rb") as catalogue:
        write_mo(compiled, read_po(catalogue, locale=language))
    compiled.seek(0)
    return Texts(language, gettext.GNUTranslations(compiled))
