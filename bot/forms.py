"""Forms to fill in, neutral of channel: what is asked for, and what stands there already."""

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    PERSON = "person"
    """Somebody of the platform; the value is the conversation of their own chat with us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`value` stands there at the start; `options` are `(value, label)` of a choice. `longest` counts characters.

    A text of `multiline` has room for several lines, and its value may contain line ends.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    needed: bool = False
    longest: int = 200
    multiline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`state` comes back with what was filled in, unchanged; nobody but us can have written it (it is signed, or the
    channel keeps it from people's hands)."""

    lang: str
    title: str
    submit: str
    close: str
    fields: tuple[Field, ...]
    state: str = ""
