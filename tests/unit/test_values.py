"""Values change by being made anew, whichever way they are made."""

import pytest

from bot.address import Address
from bot.invitation import Interaction
from bot.surveys import Scale
from bot.values import replace


def test_a_struct_and_a_dataclass_are_made_anew_with_the_change() -> None:
    here = Address("slack", "C1", thread="1.2")
    assert replace(here, thread="") == Address("slack", "C1")
    assert here.thread == "1.2"
    assert replace(Scale(1, 5), high=7) == Scale(1, 7)


@pytest.mark.parametrize("value", [Address("slack", "C1"), Scale(1, 5)])
def test_a_field_that_there_is_not_is_an_error(value: Address | Scale) -> None:
    with pytest.raises(TypeError, match="colour"):
        replace(value, colour="red")  # type: ignore[call-arg]  # the checker knows it too


def test_what_taps_are_made_of_is_frozen_and_shares_nothing() -> None:
    here = Address("slack", "C1")
    with pytest.raises(AttributeError, match="immutable"):
        setattr(here, "channel", "telegram")  # noqa: B010  # the checker would not let it through otherwise
    assert len({here, Address("slack", "C1"), Address("slack", "C2")}) == 2
    assert Interaction().attributes is not Interaction().attributes
