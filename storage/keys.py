"""The secret key of an installation and everything that is derived from it."""

import base64
import binascii
import hmac
import os
import re
import secrets
import stat
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, NoReturn

import filelock
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from bot.errors import BadSettings, WrongKey

SECRET_BYTES: Final = 32
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12  # the length AES-GCM is specified for (NIST SP 800-38D, 5.2.1.1)
SIGNATURE_BYTES: Final = range(8, 33)  # fewer can be guessed over the network, HMAC-SHA256 has no more
NAMES_REMEMBERED: Final = 4096
LOCK_SECONDS: Final = 10.0

HOW_TO_MAKE_ONE: Final = (
    "make one with: python -c 'import base64, secrets; "
    "print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
)


class Keyring:
    """Seals, opens, hashes and signs with keys derived (HKDF-SHA256) from one secret of 32 bytes.

    A sealed blob is key id (4 bytes), nonce (12), ciphertext, tag (16): 32 bytes longer than what went in. Random
    nonces are safe for 2**32 blobs under one key (NIST SP 800-38D, 8.3). Safe to share between threads.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise BadSettings(f"A secret key has {SECRET_BYTES} bytes, this one has {len(secret)}; {HOW_TO_MAKE_ONE}")
        self._id = _derive(secret, "key-id", KEY_ID_BYTES)
        self._gcm = AESGCM(_derive(secret, "seal", 32))
        # With their keys in them, and copied for each text: that takes two thirds of the time.
        self._hashing = hmac.new(_derive(secret, "digest", 32), digestmod="sha256")
        self._signing = hmac.new(_derive(secret, "sign", 32), digestmod="sha256")
        self.fingerprint: Final = _derive(secret, "fingerprint", 16).hex()
        siv = AESSIV(_derive(secret, "seal-same", 64))
        # A cache per keyring, not per class: it must not outlive the key nor mix two keys.
        self._seal_name = lru_cache(NAMES_REMEMBERED)(partial(_seal_name, siv))
        self._open_name = lru_cache(NAMES_REMEMBERED)(partial(_open_name, siv))

    @classmethod
    def from_text(cls, text: str) -> "Keyring":
        """The keyring of `PULSSI_SECRET_KEY`: urlsafe base64 of 32 bytes, or 64 hex digits; BadSettings otherwise."""
        secret = _decode_secret(text.strip())
        if secret is None:
            # The text itself stays out of the message: messages reach logs.
            raise BadSettings(
                f"PULSSI_SECRET_KEY is to be urlsafe base64 of 32 bytes, or 64 hex digits; {HOW_TO_MAKE_ONE}"
            )
        return cls(secret)

    @classmethod
    def load_or_create(cls, path: Path) -> "Keyring":
        """The keyring of the file at `path`, which is made (0600, its folder 0700) when there is none.

        Processes that start at once get the same key. BadSettings when the file can be read by other users, does not
        hold a key, or cannot be read or made.
        """
        try:
            # A finished file is read without the lock, so that a read-only mount will do.
            if path.exists() and path.stat().st_size:
                return cls(_read_secret(path))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with filelock.FileLock(f"{path}.lock", timeout=LOCK_SECONDS, mode=0o600):
                return cls(_read_secret(path) if path.exists() else _create_secret(path))
        except filelock.Timeout as error:
            raise BadSettings(f"Another process has held {path}.lock for {LOCK_SECONDS:.0f} s; try again") from error
        except OSError as error:
            raise BadSettings(f"The key file {path} cannot be read or made: {error.strerror}") from error

    @property
    def key_id(self) -> str:
        """Eight hex digits that tell keys apart and say nothing about the key."""
        return self._id.hex()

    @override
    def __repr__(self) -> str:
        return f"Keyring({self.key_id})"

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt for one place, such as "invitation.comment"; two seals of the same bytes differ."""
        nonce = os.urandom(NONCE_BYTES)
        return self._id + nonce + self._gcm.encrypt(nonce, plain, context.encode())

    def open(self, blob: bytes, context: str) -> bytes:
        """What was sealed for this place; WrongKey for another key, another place or a changed blob."""
        key_id, nonce, sealed = (
            blob[:KEY_ID_BYTES],
            blob[KEY_ID_BYTES:][:NONCE_BYTES],
            blob[KEY_ID_BYTES + NONCE_BYTES :],
        )
        if key_id != self._id:
            raise WrongKey(
                f"{context} was sealed with key {key_id.hex() or 'none'}, the key in use is {self.key_id}; "
                "start with the key (PULSSI_SECRET_KEY or the key file) that belongs to this database"
            )
        try:
            return self._gcm.decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError) as error:  # ValueError: a blob cut off within its nonce
            raise WrongKey(f"{context} was changed after it was sealed, or belongs to another column") from error

    def seal_same(self, text: str) -> str:
        """Encrypt so that equal texts stay equal (AES-SIV, urlsafe base64): for keys to group by, not for comments."""
        return self._seal_name(text)

    def open_same(self, sealed: str) -> str:
        """What `seal_same` was given; WrongKey when it was sealed with another key or changed."""
        return self._open_name(sealed)

    def digest(self, purpose: str, text: str) -> str:
        """A keyed hash (HMAC-SHA256 cut to 16 bytes, 32 hex digits) to look up and keep unique what is sealed."""
        return _mac(self._hashing, purpose, text)[:16].hex()

    def sign(self, purpose: str, text: str, length: int = 10) -> str:
        """A signature of `length` bytes (8 to 32) as urlsafe base64: 10 bytes give 14 characters."""
        if length not in SIGNATURE_BYTES:
            raise ValueError(f"A signature has 8 to 32 bytes, not {length}")
        return _base64(_mac(self._signing, purpose, text)[:length])

    def verify(self, purpose: str, text: str, signature: str, length: int = 10) -> bool:
        """Whether `sign` with the same arguments gives this signature; takes the same time for every wrong one."""
        # The length is the caller's: taking it from the signature would accept a guess of one byte.
        return hmac.compare_digest(_bytes(self.sign(purpose, text, length)), _bytes(signature))


def _derive(secret: bytes, label: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"pulssi/1/" + label.encode()).derive(secret)


def _bytes(text: str) -> bytes:
    # Platforms deliver lone surrogates; they are kept as they came instead of stopping a batch.
    return text.encode("utf-8", "surrogatepass")


def _mac(keyed: hmac.HMAC, purpose: str, text: str) -> bytes:
    mac = keyed.copy()
    mac.update(_label(purpose) + _bytes(text))
    return mac.digest()


@lru_cache(64)
def _label(purpose: str) -> bytes:
    # The length stands before the purpose, so that ("a", "bc") and ("ab", "c") differ.
    label = _bytes(purpose)
    return len(label).to_bytes(4) + label


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _seal_name(siv: AESSIV, text: str) -> str:
    return _base64(siv.encrypt(_bytes(text), None))


def _open_name(siv: AESSIV, sealed: str) -> str:
    try:
        raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        return siv.decrypt(raw, None).decode("utf-8", "surrogatepass")
    except (InvalidTag, ValueError) as error:
        raise WrongKey(
            "A sealed name does not fit the key in use; start with the key that belongs to this database"
        ) from error


def _decode_secret(text: str) -> bytes | None:
    if re.fullmatch(r"[0-9A-Fa-f]{64}", text):
        return bytes.fromhex(text)
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", text):
        return None
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=")
    except binascii.Error:
        return None


def _read_secret(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read(1024).decode("ascii", "replace").strip()
    if os.name == "posix" and mode & 0o077:
        raise BadSettings(f"Other users of this machine can use the key file {path} ({mode:o}); run: chmod 600 {path}")
    secret = _decode_secret(text)
    if secret is None:
        _refuse_content(path, text)
    return secret


def _refuse_content(path: Path, text: str) -> NoReturn:
    raise BadSettings(
        f"The key file {path} holds {len(text)} characters, not urlsafe base64 of 32 bytes; put the right key back "
        "from your backup. Without any data to keep, remove the file and a new key is made"
    )


def _create_secret(path: Path) -> bytes:
    secret = secrets.token_bytes(SECRET_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(secret) + b"\n")
            file.flush()
            os.fsync(descriptor)  # data sealed with a key that a power cut took away is lost
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return secret
