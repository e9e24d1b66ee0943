"""Where a link to a message can be made from what is stored, and where it cannot."""

import pytest

from bot.address import parse_address
from bot.permalinks import permalink


@pytest.mark.parametrize(
    ("address", "message", "link"),
    [
        ("telegram:-1001234567890@77", "42", "https://t.me/c/1234567890/42"),
        ("telegram:-1001234567890/7@77", "42", "https://t.me/c/1234567890/7/42"),
        ("telegram:-1001234567890@77", "", ""),
        ("telegram:-1001234567890@77", "4 2", ""),
        ("telegram:-4567@77", "42", ""),
        ("telegram:77", "42", ""),
        ("slack:C024BE91L@U024BE7LH", "1763970000.000200", ""),
        ("webchat:kim", "42", ""),
    ],
)
def test_a_link_is_made_only_where_the_platform_has_one(address: str, message: str, link: str) -> None:
    assert permalink(parse_address(address), message) == link


TS = "1763970000.000200"
SITE = "https://acme.slack.com/"
PAGE = "https://acme.slack.com/archives/C024BE91L/p1763970000000200"


@pytest.mark.parametrize(
    ("address", "message", "site", "link"),
    [
        ("slack:C024BE91L@U024BE7LH", TS, SITE, PAGE),
        (
            "slack:C024BE91L/1763960000.000100@U024BE7LH",
            TS,
            SITE,
            f"{PAGE}?thread_ts=1763960000.000100&cid=C024BE91L",
        ),
        (f"slack:C024BE91L/{TS}@U024BE7LH", TS, SITE, PAGE),
        ("slack:C024BE91L", TS, "https://acme.enterprise.slack.com/", PAGE.replace("acme", "acme.enterprise")),
        ("slack:C024BE91L", TS, "https://acme.slack-gov.com/", PAGE.replace("slack.com", "slack-gov.com")),
        ("slack:U024BE7LH", f"D024BE91L/{TS}", SITE, ""),
        ("slack:C024BE91L", "", SITE, ""),
        ("slack:C024BE91L", TS, "https://acme.slack.com.evil.example/", ""),
        ("slack:C024BE91L", TS, "http://acme.slack.com/", ""),
    ],
)
def test_slacks_links_begin_with_the_teams_own_site(address: str, message: str, site: str, link: str) -> None:
    assert permalink(parse_address(address), message, site) == link
