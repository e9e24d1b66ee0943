"""Keyed hashes of places and addresses, by which sealed addresses are found."""

from bot.address import Address
from storage.keys import Keyring


def place_digest(keyring: Keyring, address: Address) -> str:
    """Of the conversation, whoever may answer there."""
    return keyring.digest("place", address.place)


def address_digest(keyring: Keyring, workspace: str, address: Address) -> str:
    """Of the place with the person who may answer there, within one workspace."""
    return keyring.digest("address", f"{workspace}|{address.key}")
