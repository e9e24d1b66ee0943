"""Where answers to people may be posted: at Slack, and at what stands in its place."""

import pytest

from adapters.slack.client import may_reply_at

SLACK, HERE, PROXY = "https://slack.com/api/", "http://127.0.0.1:8080/api/", "https://slack.example.com/api/"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://hooks.slack.com/actions/T1/2/3", SLACK),
        ("https://slack.com/x", HERE),
        ("https://hooks.slack-gov.com/actions/T1/2/3", SLACK),
        ("https://slack.example.com/actions/T1/2/3", PROXY),
        ("http://localhost:1/x", HERE),
        ("http://[::1]:1/x", HERE),
    ],
)
def test_slacks_own_addresses(url: str, base: str) -> None:
    assert may_reply_at(url, base)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://example.com/x", SLACK),
        ("https://hooks.slack.com.example.com/x", SLACK),
        ("https://notslack.com/x", SLACK),
        ("https://hooks.slack.com@example.com/x", SLACK),
        ("http://hooks.slack.com/x", SLACK),
        ("http://hooks.slack.com/x", HERE),
        ("http://127.0.0.1:1/x", SLACK),
        ("https:///x", SLACK),
        ("ftp://hooks.slack.com/x", SLACK),
        ("", SLACK),
        ("", HERE),
    ],
)
def test_addresses_of_others(url: str, base: str) -> None:
    assert not may_reply_at(url, base)
