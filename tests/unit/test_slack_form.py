"""The fast reading of Slack's form agrees with the slow one."""

from urllib.parse import unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.form import pressed, unquoted


@given(st.binary(max_size=200) | st.text('%+=\r\n\\x0aFäé{}":, \u2028').map(str.encode))
def test_it_reads_as_urllib_does(coded: bytes) -> None:
    assert unquoted(coded) == unquote_to_bytes(coded.replace(b"+", b" "))


@given(st.text(max_size=200))
def test_what_was_encoded_comes_back(words: str) -> None:
    text = words.encode("utf-8", "replace").decode()
    body = urlencode({"payload": f'{{"type": "block_actions", "x": "{text}"}}'}).encode()
    assert pressed(body) == f'{{"type": "block_actions", "x": "{text}"}}'.encode()


@pytest.mark.parametrize(
    "body",
    [b"", b"payload", b"payload=%7B%7D", b"command=%2Fsurvey&text=block_actions", b"payload=block_actions&x=1",
     b'{"type": "block_actions"}'],
)  # fmt: skip
def test_what_else_comes_is_left_to_bolt(body: bytes) -> None:
    assert pressed(body) is None
