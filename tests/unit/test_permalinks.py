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
