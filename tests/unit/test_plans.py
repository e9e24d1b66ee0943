"""A statement for one row becomes one for many, where its form allows it."""

import pytest

from storage.plans import for_arrays


@pytest.mark.parametrize(
    ("one", "many"),
    [
        (
            "INSERT INTO seen (id, at) VALUES ($1::VARCHAR, $2::TIMESTAMP WITH TIME ZONE) ON CONFLICT DO NOTHING",
            "INSERT INTO seen (id, at) SELECT given.v1, given.v2 "
            "FROM unnest($1::VARCHAR[], $2::TIMESTAMP WITH TIME ZONE[]) AS given(v1, v2) ON CONFLICT DO NOTHING",
        ),
        (
            "INSERT INTO seen (id) VALUES ($1::VARCHAR)",
            "INSERT INTO seen (id) SELECT given.v1 FROM unnest($1::VARCHAR[]) AS given(v1)",
        ),
        (
            "UPDATE outbox SET due_at=$1::DATE, error=NULL WHERE outbox.id = $2::BIGINT AND outbox.n = $3::INTEGER",
            "UPDATE outbox SET due_at=given.v1, error=NULL "
            "FROM unnest($1::DATE[], $2::BIGINT[], $3::INTEGER[]) AS given(v1, v2, v3) "
            "WHERE outbox.id = given.v2 AND outbox.n = given.v3",
        ),
        (
            "DELETE FROM outbox WHERE outbox.id = $1::BIGINT",
            "DELETE FROM outbox USING unnest($1::BIGINT[]) AS given(v1) WHERE outbox.id = given.v1",
        ),
    ],
)
def test_each_form(one: str, many: str) -> None:
    assert for_arrays(one) == many


@pytest.mark.parametrize(
    "other",
    [
        "SELECT id FROM outbox WHERE id = $1::BIGINT",
        "DELETE FROM outbox WHERE outbox.id = $1",  # of which type?
        "UPDATE outbox SET error=$1::VARCHAR WHERE outbox.id = $2",
        "UPDATE outbox SET error=NULL",
    ],
)
def test_every_other_form_stays_one_row_at_a_time(other: str) -> None:
    assert for_arrays(other) is None
