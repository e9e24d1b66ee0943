"""Who a visitor is: tokens of ours, and identities signed by the embedding site."""

import hashlib
import hmac

import pytest

from adapters.webchat.sessions import LIVES, Sessions, Visitor
from bot.errors import BadToken, ExpiredToken
from storage.keys import Keyring
from storage.tokens import RandomIds, SignedTokens
from tests.builders import NOON
from tests.world import TestClock

SECRET = "the site's own secret"  # noqa: S105  # of no site


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def sessions(keyring: Keyring, clock: TestClock) -> Sessions:
    return Sessions(SignedTokens(keyring), clock, RandomIds(), SECRET)


def signature(visitor: str, expires: int, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), f"{visitor}.{expires}".encode(), hashlib.sha256).hexdigest()


def later(clock: TestClock) -> int:
    return int(clock.now().timestamp()) + 60


def test_a_token_says_who_holds_it_for_thirty_days(sessions: Sessions, clock: TestClock) -> None:
    visitor = sessions.anyone("default")
    token = sessions.issue(visitor)
    assert sessions.read(token) == Visitor("default", visitor.id, visitor.expires_at.replace(microsecond=0))
    assert str(visitor.address) == f"webchat:{visitor.id}"
    clock.advance(days=LIVES.days)
    with pytest.raises(ExpiredToken):
        sessions.read(token)


def test_an_owners_token_names_its_member_also_when_renewed(sessions: Sessions) -> None:
    read = sessions.read(sessions.issue(sessions.renewed(sessions.owner("default", "member1"))))
    assert (read.id, read.member) == ("owner", "member1")


def test_an_owners_token_without_a_member_is_over(sessions: Sessions, clock: TestClock) -> None:
    nobody = Visitor("default", "owner", clock.now() + LIVES)
    with pytest.raises(ExpiredToken):
        sessions.read(sessions.issue(nobody))


def test_two_random_visitors_are_two(sessions: Sessions) -> None:
    assert sessions.anyone("default").id != sessions.anyone("default").id


@pytest.mark.parametrize("spoiled", ["", "x", "default:kim:9999999999.AAAAAAAAAAAAAA", "kim.", ".", "a.b.c", "å.ä"])
def test_what_we_did_not_sign_is_nobody(sessions: Sessions, spoiled: str) -> None:
    with pytest.raises(BadToken):
        sessions.read(spoiled)


def test_a_token_cannot_be_turned_into_another_persons(sessions: Sessions) -> None:
    token = sessions.issue(sessions.anyone("default"))
    text, _, signed = token.rpartition(".")
    workspace, _, expires = text.split(":")
    with pytest.raises(BadToken):
        sessions.read(f"{workspace}:owner:{expires}.{signed}")


def test_a_token_of_another_purpose_is_refused(sessions: Sessions, keyring: Keyring) -> None:
    with pytest.raises(BadToken):
        sessions.read(SignedTokens(keyring).issue("invitation", "default:kim:9999999999"))


def test_an_identity_signed_by_the_site_is_that_person(sessions: Sessions, clock: TestClock) -> None:
    expires = later(clock)
    visitor = sessions.signed("default", "customer-42", expires, signature("customer-42", expires))
    assert visitor.id == "customer-42"
    assert visitor.expires_at == NOON + LIVES


def test_an_identity_past_its_time_is_refused(sessions: Sessions, clock: TestClock) -> None:
    expires = later(clock)
    clock.advance(seconds=60)
    with pytest.raises(ExpiredToken):
        sessions.signed("default", "customer-42", expires, signature("customer-42", expires))


@pytest.mark.parametrize("name", ["owner", "new", "v-7k3mq0xv2hta", "", "a b", "a:b", "a|b", "x" * 129, "å"])
def test_an_identity_that_would_be_somebody_elses_place_is_refused(
    sessions: Sessions, clock: TestClock, name: str
) -> None:
    expires = later(clock)
    with pytest.raises(BadToken):
        sessions.signed("default", name, expires, signature(name, expires))


@pytest.mark.parametrize("wrong", ["", "00", "é", "A" * 64])
def test_a_wrong_signature_is_refused(sessions: Sessions, clock: TestClock, wrong: str) -> None:
    with pytest.raises(BadToken):
        sessions.signed("default", "customer-42", later(clock), wrong)


def test_without_a_secret_nobody_can_sign(keyring: Keyring, clock: TestClock) -> None:
    sessions = Sessions(SignedTokens(keyring), clock, RandomIds(), None)
    expires = later(clock)
    with pytest.raises(BadToken, match="PULSSI_WEBCHAT_SECRET"):
        sessions.signed("default", "customer-42", expires, signature("customer-42", expires, ""))
