"""The keyring: sealing, hashing, signing, and the key file."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadSettings, WrongKey
from storage.keys import Keyring

SECRET = bytes(range(32))
OTHER = bytes(range(1, 33))
SURROGATES = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()))


def write_key(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_seal_and_open_give_the_same_bytes(keyring: Keyring) -> None:
    blob = keyring.seal(b"The delivery was late", "invitation.comment")
    assert b"delivery" not in blob
    assert len(blob) == len(b"The delivery was late") + 32
    assert keyring.open(blob, "invitation.comment") == b"The delivery was late"


def test_two_seals_of_the_same_bytes_differ(keyring: Keyring) -> None:
    assert keyring.seal(b"yes", "a") != keyring.seal(b"yes", "a")


def test_a_blob_opens_only_with_its_key(keyring: Keyring) -> None:
    with pytest.raises(WrongKey, match=f"{keyring.key_id}.*PULSSI_SECRET_KEY"):
        Keyring(OTHER).open(keyring.seal(b"x", "a"), "a")


def test_a_blob_opens_only_in_its_place(keyring: Keyring) -> None:
    with pytest.raises(WrongKey, match="another column"):
        keyring.open(keyring.seal(b"x", "invitation.comment"), "person.name")


@pytest.mark.parametrize("position", [4, 20, -1])
def test_a_changed_blob_is_refused(keyring: Keyring, position: int) -> None:
    blob = bytearray(keyring.seal(b"a comment", "a"))
    blob[position] ^= 1
    with pytest.raises(WrongKey):
        keyring.open(bytes(blob), "a")


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 31])
def test_a_blob_cut_off_is_refused(keyring: Keyring, length: int) -> None:
    with pytest.raises(WrongKey):
        keyring.open(keyring.seal(b"", "a")[:length], "a")


@given(SURROGATES)
def test_equal_texts_seal_equally_and_open_again(text: str) -> None:
    sealed = Keyring(SECRET).seal_same(text)
    assert sealed == Keyring(SECRET).seal_same(text)
    assert Keyring(SECRET).open_same(sealed) == text


def test_names_are_hidden_and_differ_by_key(keyring: Keyring) -> None:
    assert "anna" not in keyring.seal_same("anna").lower()
    assert keyring.seal_same("anna") != keyring.seal_same("Anna")
    assert keyring.seal_same("anna") != Keyring(OTHER).seal_same("anna")


@pytest.mark.parametrize("sealed", ["", "anna", "ä", "!!!!", Keyring(OTHER).seal_same("anna")])
def test_a_name_that_was_not_sealed_with_this_key_is_refused(keyring: Keyring, sealed: str) -> None:
    with pytest.raises(WrongKey):
        keyring.open_same(sealed)


def test_a_digest_depends_on_key_purpose_and_text(keyring: Keyring) -> None:
    digests = {
        keyring.digest("address", "telegram:1"),
        keyring.digest("address", "telegram:2"),
        keyring.digest("addresst", "elegram:1"),
        Keyring(OTHER).digest("address", "telegram:1"),
    }
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {32}
    assert keyring.digest("address", "telegram:1") == Keyring(SECRET).digest("address", "telegram:1")


@given(SURROGATES, st.integers(8, 32))
def test_a_signature_verifies(text: str, length: int) -> None:
    keyring = Keyring(SECRET)
    assert keyring.verify("button", text, keyring.sign("button", text, length), length)


def test_a_signature_is_short_and_safe_in_urls(keyring: Keyring) -> None:
    signature = keyring.sign("button", "inv-1")
    assert len(signature) == 14
    assert len(base64.urlsafe_b64decode(signature + "==")) == 10


def test_a_signature_for_something_else_is_refused(keyring: Keyring) -> None:
    signature = keyring.sign("button", "inv-1")
    assert keyring.verify("button", "inv-1", signature)
    assert not keyring.verify("link", "inv-1", signature)
    assert not keyring.verify("button", "inv-2", signature)
    assert not Keyring(OTHER).verify("button", "inv-1", signature)


@pytest.mark.parametrize("forged", ["", "A", "ä\ud800", "swapped", "short", "padded", "longer"])
def test_a_forged_signature_is_refused(keyring: Keyring, forged: str) -> None:
    signature = keyring.sign("button", "inv-1")
    forgeries = {
        "swapped": signature.swapcase(),
        "short": signature[:2],
        "padded": signature + "=",
        "longer": keyring.sign("button", "inv-1", 16),
    }
    assert not keyring.verify("button", "inv-1", forgeries.get(forged, forged))


@pytest.mark.parametrize("length", [0, 7, 33])
def test_a_signature_too_short_to_be_safe_is_not_made(keyring: Keyring, length: int) -> None:
    with pytest.raises(ValueError, match="8 to 32"):
        keyring.sign("button", "inv-1", length)


def test_nothing_shown_holds_the_key(keyring: Keyring) -> None:
    shown = f"{keyring!r} {keyring} {keyring.key_id} {keyring.fingerprint} {vars(keyring)!r}"
    assert repr(keyring) == f"Keyring({keyring.key_id})"
    assert SECRET.hex() not in shown
    assert base64.urlsafe_b64encode(SECRET).decode() not in shown
    assert repr(SECRET) not in shown


def test_fingerprints_tell_keys_apart(keyring: Keyring) -> None:
    assert keyring.fingerprint == Keyring(SECRET).fingerprint
    assert keyring.fingerprint != Keyring(OTHER).fingerprint
    assert keyring.key_id not in keyring.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        SECRET.hex(),
        SECRET.hex().upper(),
        base64.urlsafe_b64encode(SECRET).decode(),
        base64.urlsafe_b64encode(SECRET).decode().rstrip("="),
        f"  {SECRET.hex()}\n",
    ],
)
def test_a_key_is_read_from_text(keyring: Keyring, text: str) -> None:
    assert Keyring.from_text(text).fingerprint == keyring.fingerprint


@pytest.mark.parametrize("text", ["", "secret-password", SECRET.hex()[:-1], SECRET.hex() + "0", "ä" * 43, "!" * 43])
def test_a_text_that_is_no_key_is_refused_with_a_way_to_make_one(text: str) -> None:
    with pytest.raises(BadSettings, match=r"PULSSI_SECRET_KEY.*make one with: python -c") as refusal:
        Keyring.from_text(text)
    assert not text or text not in str(refusal.value)


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(BadSettings, match="32 bytes, this one has 16"):
        Keyring(bytes(16))


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_key_file_is_made_for_its_owner_only_and_read_again(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "new" / "secret.key"
    before = os.umask(umask)
    try:
        made = Keyring.load_or_create(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert Keyring.load_or_create(path).fingerprint == made.fingerprint
    assert Keyring.from_text(path.read_text()).fingerprint == made.fingerprint


def test_every_key_file_is_another_key(tmp_path: Path) -> None:
    assert Keyring.load_or_create(tmp_path / "a").fingerprint != Keyring.load_or_create(tmp_path / "b").fingerprint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = write_key(tmp_path / "secret.key", base64.urlsafe_b64encode(SECRET), mode)
    with pytest.raises(BadSettings, match="chmod 600"):
        Keyring.load_or_create(path)


@pytest.mark.parametrize("content", [b"", b"\n", SECRET, base64.urlsafe_b64encode(SECRET)[:-4], b"a" * 2000])
def test_a_key_file_of_the_wrong_length_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = write_key(tmp_path / "secret.key", content)
    with pytest.raises(BadSettings, match="backup"):
        Keyring.load_or_create(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettings, match="cannot be read or made"):
        Keyring.load_or_create(tmp_path / "file" / "secret.key")


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret.key"
    # Both are loaded and waiting for a line on stdin before either makes the file.
    program = (
        "import sys, pathlib; from storage.keys import Keyring; print('ready', flush=True); sys.stdin.readline();"
        "print(Keyring.load_or_create(pathlib.Path(sys.argv[1])).fingerprint)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    fingerprints = {racer.communicate(timeout=20)[0].strip() for racer in racers}
    assert fingerprints == {Keyring.load_or_create(path).fingerprint}
