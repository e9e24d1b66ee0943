"""Takes out of a customer's words what says who they are: the stored name, phone numbers, e-mail addresses, handles.

What goes is replaced by `[…]`, which needs no language. Masking is careful rather than exact: a long number that is no
phone number goes too, and a name that nobody stored stays.
"""

import re

GONE = "[…]"
_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w@])@\w{5,}")  # Telegram's have at least 5 characters
_DAY = re.compile(r"(?<!\d)(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.(?:\d{4})?)(?!\d)")
# 7 to 15 digits (ITU-T E.164 has at most 15) with the usual marks between them, not within a word such as T-1042.
_PHONE = re.compile(r"(?<![\w-])(?:\+|00)?\(?\d(?:[ \u00a0().\-/]{0,2}\d){6,14}(?!\d)")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SHORT = 3  # shorter parts of a name are common words in some language: they go only as they are written
_ENDING = r"[^\W\d_]{0,5}"  # Mikko, Mikkoa, Mikolle is beyond us: the stem changes


def masked(words: str, name: str | None = None) -> str:
    """The words without e-mail addresses, handles, phone numbers and the customer's stored name."""
    words = _MAIL.sub(GONE, words)
    words = _HANDLE.sub(GONE, words)
    words = _phones(words)
    for pattern in _names(name or ""):
        words = pattern.sub(GONE, words)
    return words


def _phones(words: str) -> str:
    """Days stay: they are what a complaint is about, and look like phone numbers."""
    days = [found.span() for found in _DAY.finditer(words)]

    def mask(found: re.Match[str]) -> str:
        return found[0] if any(found.start() >= a and found.end() <= b for a, b in days) else GONE

    return _PHONE.sub(mask, words)


def _names(name: str) -> list[re.Pattern[str]]:
    parts = _WORD.findall(name)
    patterns = []
    if len(parts) > 1:
        whole = r"\W+".join(re.escape(part) for part in parts)
        patterns.append(re.compile(rf"(?<!\w){whole}{_ENDING}(?!\w)", re.IGNORECASE))
    for part in parts:
        if len(part) > _SHORT:
            patterns.append(re.compile(rf"(?<!\w){re.escape(part)}{_ENDING}(?!\w)", re.IGNORECASE))
        else:
            patterns.append(re.compile(rf"(?<!\w){re.escape(part)}(?!\w)"))
    return patterns
