"""Takes out of a customer's words what says who they are: the stored name, phone numbers, e-mail addresses, handles.

What goes is replaced by `[…]`, which needs no language. Masking is careful rather than exact: what begins like a phone
number and is as long as one goes, whatever it is; a number that begins otherwise is an order or an invoice, and stays,
and so does a name that nobody stored.
"""

import re

GONE = "[…]"
# At most 64 before the @ (RFC 5321, 4.5.3.1.1), so that a long word costs no more than its length.
_MAIL = re.compile(r"[\w.+'-]{1,64}(?:[@\uff20]|\s?[(\[](?:at|ät)[)\]]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w{5,}")  # Telegram's have at least 5 characters
# What a complaint is about: a day, perhaps with a time, and from one time to another. Both look like phone numbers.
_TIME = r"\d{1,2}[.:]\d\d(?!\d)"
_DAY = (
    r"(?:(?:19|20)\d\d-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}-\d{1,2}-(?:19|20)\d\d(?!\d)"
    r"|\d{1,2}(?P<mark>[./])\d{1,2}(?P=mark)(?:19|20)?\d\d(?!\d|[./]\d)|\d{1,2}\.\d{1,2}\.(?!\d))"
)
_WHEN = rf"(?<!\d)(?:{_DAY}(?:[ \u00a0]{_TIME})?|{_TIME}\s?[-\u2013]\s?{_TIME})"
# 7 to 15 digits (ITU-T E.164 has at most 15) with the usual marks between them, from a + or a 0 on (no number begins
# with three), not within a code such as T-0401234567 or a decimal.
_GAP = r"[\s().\-/\u2010-\u2013]{0,2}"  # lines too: a quotation has one alone, where a number broken by them is whole
_CODE = "0-9A-ZÅÄÖ"
_FROM_NOUGHT = rf"(?<![{_CODE}])(?<![{_CODE}][-\u2010\u2011])(?<!\d[.,])\(?(?=[0\uff10](?![0\uff10]{{2}}))"
_PHONE = rf"(?:\(?[+\uff0b][\s(]{{0,2}}|{_FROM_NOUGHT})\d(?:{_GAP}\d){{6,14}}(?!\d)"
_NUMBER = re.compile(rf"(?P<when>{_WHEN})|{_PHONE}")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SHORT = 3  # shorter parts of a name are common words in some language: they go only as they are written
# The endings of Finnish cases, after an i where the name ends in a consonant (Markille), and the s of a genitive. A
# stem that changes within (Pekka, Pekan) is beyond us.
_CASE = r"(?:n|lle|ll[aä]|lt[aä]|ss[aä]|st[aä]|ksi|n[aä]|tt[aä]|t|[aeiouyäö]n)"
_ALSO = r"(?:kin|k[oö])?"
_ENDING = rf"(?:(?:i?{_CASE}|i?[aä]|t[aä]|hin|s)?{_ALSO})"
_NEN = rf"(?:nen|se{_CASE}|st[aä]|sten|si[aä]){_ALSO}"  # Virtanen, Virtasen, Virtaselle
_NEN_STEM = 3


def masked(words: str, name: str | None = None) -> str:
    """The words without e-mail addresses, handles, phone numbers and the customer's stored name."""
    words = _MAIL.sub(GONE, words)
    words = _HANDLE.sub(GONE, words)
    words = _NUMBER.sub(lambda found: found["when"] or GONE, words)
    for pattern in _names(name or ""):
        words = pattern.sub(GONE, words)
    return words


def _names(name: str) -> list[re.Pattern[str]]:
    parts = _WORD.findall(name)
    patterns = []
    if len(parts) > 1:
        first = "".join(rf"{re.escape(part)}\W+" for part in parts[:-1])
        patterns.append(re.compile(rf"(?<!\w){first}{_inflected(parts[-1])}(?!\w)", re.IGNORECASE))
    for part in parts:
        if len(part) > _SHORT:
            patterns.append(re.compile(rf"(?<!\w){_inflected(part)}(?!\w)", re.IGNORECASE))
        else:
            patterns.append(re.compile(rf"(?<!\w){re.escape(part)}(?!\w)"))
    return patterns


def _inflected(part: str) -> str:
    stem = part[:-3]
    if part.casefold().endswith("nen") and len(stem) >= _NEN_STEM:
        return f"{re.escape(stem)}{_NEN}"
    return f"{re.escape(part)}{_ENDING}"
