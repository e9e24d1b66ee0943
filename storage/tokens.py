"""Signed references and ids, from the installation's keyring and the system's randomness."""

import secrets
import time
from threading import Lock

from bot.errors import BadToken
from storage.keys import Keyring

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that is mistaken for something else
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_TIME_DIGITS, _RANDOM_DIGITS = 9, 11
_CODE_GROUPS, _CODE_DIGITS = 3, 4


class SignedTokens:
    """`text.signature`, short enough for a button (Telegram takes 64 bytes), bound to a purpose."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def issue(self, purpose: str, text: str) -> str:
        return f"{text}.{self._keyring.sign(purpose, text)}"

    def read(self, purpose: str, token: str) -> str:
        text, dot, signature = token.rpartition(".")
        if not dot or not signature.isascii() or not self._keyring.verify(purpose, text, signature):
            raise BadToken("This button or link is not one of ours; reload the page and use the newest.")
        return text

    def digest(self, purpose: str, text: str) -> str:
        return self._keyring.digest(purpose, text)


class RandomIds:
    """Twenty digits: milliseconds first, so that rows stay near their neighbours, then 55 random bits."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def new(self) -> str:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1_000_000)
            moment = self._last
        return _digits(moment, _TIME_DIGITS) + _digits(secrets.randbits(5 * _RANDOM_DIGITS), _RANDOM_DIGITS)

    def secret(self) -> str:
        return secrets.token_urlsafe(24)

    def code(self) -> str:
        """60 random bits in groups, as in `7k3m-q0xv-2hta`."""
        groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_DIGITS)) for _ in range(_CODE_GROUPS))
        return "-".join(groups)


def _digits(number: int, width: int) -> str:
    odd = width % 2
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(5 * (width - odd) - 10 + 5 * odd, 5 * odd - 1, -10)]
    return "".join(pairs) + _ALPHABET[number & 31] * odd
