"""Which requests count as Slack's; nothing of what they hold may break the look."""

import hmac
from hashlib import sha256

import pytest

from adapters.slack.signing import is_genuine
from tests.builders import NOON

SECRET, BODY = b"a secret", b"payload=x"
NOW = str(int(NOON.timestamp())).encode()


def signature(timestamp: bytes) -> bytes:
    return f"v0={hmac.new(SECRET, b'v0:' + timestamp + b':' + BODY, sha256).hexdigest()}".encode()


def test_what_slack_signed_now_counts() -> None:
    assert is_genuine(SECRET, BODY, NOW, signature(NOW), NOON)
    assert not is_genuine(SECRET, BODY, NOW, signature(str(int(NOW) - 1).encode()), NOON)


@pytest.mark.parametrize("timestamp", ["", "-1", "1.5", "²", "9" * 12, "9" * 13, "9" * 5000, f"000{NOW.decode()}"])
def test_an_odd_timestamp_is_refused(timestamp: str) -> None:
    told = timestamp.encode()
    assert not is_genuine(SECRET, BODY, told, signature(told), NOON)
