"""What the benchmarks compare with keeps up with the program: a stand-in that lacks a part measures nothing."""

from benchmarks.place import on_sqlite
from benchmarks.sample import ask_visitors
from benchmarks.taps import decide_only


async def test_taps_of_every_score_are_decided_where_nothing_is_stored() -> None:
    with on_sqlite() as place:
        async with place.opened() as pulssi:
            asked = await ask_visitors(pulssi, 5)
            await decide_only(pulssi, asked)
            async with pulssi.store.reading() as uow:
                kept = await uow.invitations.load([one.invitation.id for one in asked])
    assert len(kept) == 5
    assert not [one for one in kept.values() if one.answered]
