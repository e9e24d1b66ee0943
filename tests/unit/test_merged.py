"""Which statements become one on PostgreSQL, and what that one says."""

import pytest

from storage.merged import all_changes, all_rows, changed, grouped

READS = "SELECT id FROM seen WHERE id = ANY ($1::VARCHAR[])"
ADDS = "INSERT INTO seen (id) SELECT given.v1 FROM unnest($1::VARCHAR[]) AS given(v1)"
MOVES = (
    "UPDATE outbox SET n=given.v2 FROM unnest($1::BIGINT[], $2::INTEGER[]) AS given(v1, v2) WHERE outbox.id = given.v1"
)
DROPS = "DELETE FROM history USING unnest($1::BIGINT[]) AS given(v1) WHERE history.id = given.v1"


def runs(*statements: str) -> list[list[str]]:
    told = list(statements)
    return [told[part] for part in grouped(told, [one is not READS for one in told])]


def test_neighbours_of_one_kind_are_one() -> None:
    assert runs() == []
    assert runs(ADDS) == [[ADDS]]
    assert runs(READS, READS) == [[READS, READS]]
    assert runs(ADDS, MOVES, DROPS) == [[ADDS, MOVES, DROPS]]


def test_what_reads_sees_the_changes_before_it_and_none_behind_it() -> None:
    assert runs(ADDS, READS, READS, MOVES) == [[ADDS], [READS, READS], [MOVES]]


def test_a_table_is_changed_once_in_a_statement() -> None:
    # A second part would not see what the first has made of a row, and one of them would be lost.
    assert runs(MOVES, MOVES, ADDS, DROPS, MOVES) == [[MOVES], [MOVES, ADDS, DROPS], [MOVES]]


@pytest.mark.parametrize(("statement", "table"), [(ADDS, "seen"), (MOVES, "outbox"), (DROPS, "history")])
def test_the_table_that_is_changed(statement: str, table: str) -> None:
    assert changed(statement) == table


def test_a_statement_that_changes_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="changes no table"):
        changed(READS)


def test_changes_together() -> None:
    assert all_changes((ADDS,)) == ADDS
    added = ADDS.replace("$1", "$3")
    assert all_changes((MOVES, ADDS)) == f"WITH part_0 AS ({MOVES}), part_1 AS ({added}) SELECT 1"


def test_rows_together() -> None:
    assert all_rows(("SELECT $1", "SELECT $1, $2")) == (
        "SELECT ARRAY(SELECT part_0 FROM (SELECT $1) AS part_0), ARRAY(SELECT part_1 FROM (SELECT $2, $3) AS part_1)"
    )


def test_parameters_count_on_past_nine_and_past_one_that_stands_twice() -> None:
    many = "SELECT " + ", ".join(f"${n}" for n in (*range(1, 11), 1))
    assert all_rows((many, "SELECT $1")).endswith("(SELECT $11) AS part_1)")
