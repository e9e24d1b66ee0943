"""A minute at full speed: 1,800 messages, and Telegram's stand-in has nothing to complain about."""

import pytest

from tests.telegram_api.pace import send_paced

MESSAGES = 1800


@pytest.mark.timeout(60)
async def test_thirty_messages_a_second_for_a_minute() -> None:
    found = await send_paced(MESSAGES)
    assert (found.messages, found.refused) == (MESSAGES, 0)
    assert found.seconds <= 60.1
