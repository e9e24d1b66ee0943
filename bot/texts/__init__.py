"""Wording per language, from gettext catalogues; English is the source language and needs none."""

import gettext
import io
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from babel.core import Locale
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = ("en", "fi", "sv")


class Texts:
    """One language's wording. Called with the English text, it gives the translation."""

    def __init__(self, locale: str, catalogue: gettext.NullTranslations) -> None:
        self.locale = locale
        self._catalogue = catalogue

    def __call__(self, text: str) -> str:
        return self._catalogue.gettext(text)

    def plural(self, one: str, many: str, n: int) -> str:
        """The form for `n`, with `{n}` filled in."""
        return self._catalogue.ngettext(one, many, n).format(n=n)

    def short_date(self, day: date | datetime) -> str:
        """Day and month as the language writes them: 20 Nov, 20.11., 20 nov."""
        skeleton = "MEd" if self.locale == "fi" else "MMMd"
        return format_skeleton("Md" if self.locale == "fi" else skeleton, day, locale=Locale.parse(self.locale))


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
