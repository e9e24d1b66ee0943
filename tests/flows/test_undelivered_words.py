"""Words that are taken back go from every copy of a weekly message that could not be posted."""

from collections.abc import AsyncIterator

import pytest

from bot.events import AnswerDeleted, CommentWritten, Delivered, ScoreChosen
from bot.invitation import Invitation
from bot.service.people import People
from bot.service.undelivered import LONGEST_WAIT
from storage.keys import Keyring
from tests.flows.slack_world import SlackWorld, slack_world
from tests.flows.undelivered_world import due, fates, looks, owner
from tests.world import World, world

SECRET, KEPT = "my neighbour Pekka saw it", "quick and friendly"


async def wrote(here: World, who: str, score: int, words: str) -> Invitation:
    made = await here.asked(who, ticket=f"T-{who}")
    for event in (Delivered(), ScoreChosen(score), CommentWritten(words)):
        await here.tells(event, made, who)
    return made


@pytest.fixture
async def lost(database_url: str, keyring: Keyring) -> AsyncIterator[tuple[SlackWorld, Invitation]]:
    """A message with two comments that nobody could be told, and the answer whose words are to go."""
    async with slack_world(database_url, keyring, owner_channel=("slack:C0OWNERS",)) as slack:
        secret = await wrote(slack.here, "kim", 1, SECRET)
        await wrote(slack.here, "ada", 5, KEPT)
        await slack.run()
        await due(slack.here)
        await slack.run()
        assert [fate for _, fate, _ in await fates(slack.here)] == ["undeliverable"]
        yield slack, secret


@pytest.mark.parametrize("erased", [False, True])
async def test_words_that_are_taken_back_are_in_no_later_copy(
    lost: tuple[SlackWorld, Invitation], erased: bool
) -> None:
    slack, secret = lost
    if erased:
        assert secret.customer is not None
        await People(slack.here.store, slack.here.context).erase("default", secret.customer)
    else:
        await slack.here.tells(AnswerDeleted(), secret)
    await owner(slack.here, "Web")
    slack.here.clock.at += LONGEST_WAIT
    await looks(slack.here)
    [page] = await slack.here.messages("owner")
    assert KEPT in page.prompt.text
    assert SECRET not in page.prompt.text


async def test_words_that_are_taken_back_later_go_from_the_copies_too(lost: tuple[SlackWorld, Invitation]) -> None:
    slack, secret = lost
    await owner(slack.here, "Web")
    slack.here.clock.at += LONGEST_WAIT
    await looks(slack.here)
    [before] = await slack.here.messages("owner")
    assert SECRET in before.prompt.text
    await slack.here.tells(AnswerDeleted(), secret)
    [after] = await slack.here.messages("owner")
    assert (SECRET in after.prompt.text, KEPT in after.prompt.text) == (False, True)


async def test_words_that_are_taken_back_while_a_message_is_in_hand_do_not_fall_back(
    database_url: str, keyring: Keyring
) -> None:
    async with world(database_url, keyring, delivers=False, owner_channel=("webchat:partner",)) as here:
        await owner(here, "Web")
        secret = await wrote(here, "kim", 1, SECRET)
        await wrote(here, "ada", 5, KEPT)
        await due(here)
        claimed = await here.store.write(lambda uow: uow.outbox.claim(here.clock.advance(minutes=2), 9))
        [in_hand] = [one for one in claimed if one.week]
        await here.tells(AnswerDeleted(), secret)
        await here.store.write(lambda uow: here.undelivered.refused(uow, in_hand, "no_rights"))
        [copy] = await here.store.write(lambda uow: uow.outbox.of_posting(in_hand.posting or 0))
        assert SECRET in in_hand.prompt.text
        assert (SECRET in copy.prompt.text, KEPT in copy.prompt.text) == (False, True)
        assert copy.address.conversation == "owner"
        await here.store.write(lambda uow: here.undelivered.refused(uow, in_hand, "no_rights"))
        async with here.store.reading() as uow:
            assert len(await uow.outbox.of_posting(in_hand.posting or 0, lock=False)) == 1, "it is refused once"
