"""Somebody's words within a line of ours."""

import unicodedata
from typing import Final

from bot.texts import Texts

# Left-to-right mark: no chat takes it out, which Slack's cleaning and others' do with isolates (U+2066 to U+2069).
_LEFT_TO_RIGHT: Final = "\u200e"
_FROM_THE_RIGHT: Final = frozenset({"R", "AL"})


def quoted(words: str, texts: Texts) -> str:
    """The words in the language's quotation marks; empty for no words.

    Words in Hebrew or Arabic letters get a mark of direction on either side: else a line that begins with them runs
    from the right, and "2 of 5" behind them is read as "of 5 … 2" (Unicode Standard Annex #9, P2 and W1 to N2).
    """
    if not words:
        return ""
    found = texts("“{words}”").replace("{words}", words)
    if found.isascii() or not any(unicodedata.bidirectional(sign) in _FROM_THE_RIGHT for sign in words):
        return found
    return f"{_LEFT_TO_RIGHT}{found}{_LEFT_TO_RIGHT}"
