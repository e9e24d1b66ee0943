"""Column types that keep personal data encrypted at rest.

The types hold no key. An engine carries its own keyring on its dialect (`carry`), so that two engines with two keys
work side by side in one process. For times use `sqlmodel.UTCDateTime`.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import LargeBinary, String, TypeDecorator
from sqlalchemy.engine import Dialect
from typing_extensions import override

from bot.errors import BadSettings
from storage.keys import Keyring

_SLOT: Final = "pulssi_keyring"


def carry(dialect: Dialect, keyring: Keyring) -> None:
    """Give the engine of this dialect the keyring that its sealed columns use."""
    setattr(dialect, _SLOT, keyring)


def keyring_of(dialect: Dialect) -> Keyring:
    """The keyring that this engine carries; BadSettings when the engine was not made by `storage.engine`."""
    keyring = getattr(dialect, _SLOT, None)
    if not isinstance(keyring, Keyring):
        raise BadSettings("This engine carries no keyring; make it with storage.engine.make_engine(url, keyring)")
    return keyring


class SealedText(TypeDecorator[str]):
    """Text encrypted with AES-GCM for one place, such as "invitation.comment"; cannot be compared in SQL."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    @override
    def __repr__(self) -> str:
        return f"SealedText({self.context!r})"

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else self.sealer(dialect)(value)

    def sealer(self, dialect: Dialect) -> Callable[[str], bytes]:
        """As `process_bind_param` for what is not None, with the engine's key in hand."""
        seal, context = keyring_of(dialect).seal, self.context
        return lambda value: seal(value.encode("utf-8", "surrogatepass"), context)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.opener(dialect)(value)

    def opener(self, dialect: Dialect) -> Callable[[Any], str]:
        """As `process_result_value` for what is not None, with the engine's key in hand."""
        opened, context = keyring_of(dialect).open, self.context
        return lambda value: opened(bytes(value), context).decode("utf-8", "surrogatepass")


class SealedJson(TypeDecorator[Any]):
    """Anything msgspec writes as JSON, encrypted like SealedText; read back as plain dicts, lists and scalars."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    @override
    def __repr__(self) -> str:
        return f"SealedJson({self.context!r})"

    @override
    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        return None if value is None else self.sealer(dialect)(value)

    def sealer(self, dialect: Dialect) -> Callable[[Any], bytes]:
        """As `process_bind_param` for what is not None, with the engine's key in hand."""
        seal, context, encode = keyring_of(dialect).seal, self.context, msgspec.json.Encoder().encode
        return lambda value: seal(encode(value), context)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.opener(dialect)(value)

    def opener(self, dialect: Dialect) -> Callable[[Any], Any]:
        """As `process_result_value` for what is not None, with the engine's key in hand."""
        opened, context, decode = keyring_of(dialect).open, self.context, msgspec.json.Decoder().decode
        return lambda value: decode(opened(bytes(value), context))


class SealedKey(TypeDecorator[str]):
    """A name encrypted so that equal names stay equal (AES-SIV): `=`, GROUP BY and UNIQUE work, not LIKE or order."""

    impl = String
    cache_ok = True

    @override
    def __repr__(self) -> str:
        return "SealedKey()"

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).seal_same(value)

    def sealer(self, dialect: Dialect) -> Callable[[str], str]:
        """As `process_bind_param` for what is not None, with the engine's key in hand."""
        return keyring_of(dialect).seal_same

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else keyring_of(dialect).open_same(value)

    def opener(self, dialect: Dialect) -> Callable[[str], str]:
        """As `process_result_value` for what is not None, with the engine's key in hand."""
        return keyring_of(dialect).open_same


SEALED: Final = (SealedText, SealedJson, SealedKey)
