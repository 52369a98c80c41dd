from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.events import MessageRef, Reaction
from bot.observations import Change, Observation
from bot.storage.fold import Operation, Put, React, Remove, cell_of, fold
from tests.bot.storage.samples import LABELS, channel, observation, recount, ref

SMILE = Reaction(emoji="😄", slack="smile")


def put(message: int, revision: int) -> Put:
    """A delivery; the same one always says the same."""
    return Put(observation(message, revision, label=LABELS[(message * 3 + revision) % len(LABELS)]))


def keyed(operations: Iterable[Operation]) -> Iterator[tuple[MessageRef, Operation]]:
    """Each operation with its message's address for a key."""
    return ((operation.ref, operation) for operation in operations)


DELIVERIES = st.lists(
    st.one_of(
        st.builds(put, st.integers(0, 5), st.integers(0, 4)),
        st.builds(lambda message: Remove(ref(message)), st.integers(0, 5)),
    ),
    max_size=40,
)


def in_batches(
    batches: list[list[Operation]],
) -> tuple[dict[MessageRef, Observation], Counter[object], list[Change]]:
    """Fold batch after batch over a store kept in plain dictionaries."""
    rows: dict[MessageRef, Observation] = {}
    dead: set[MessageRef] = set()
    buckets: Counter[object] = Counter()
    changes: list[Change] = []
    for batch in batches:
        refs = {operation.ref for operation in batch}
        known = {ref: row for ref, row in rows.items() if ref in refs}
        folded = fold(known, dead & refs, keyed(batch))
        for gone in folded.removed:
            del rows[gone.ref]
        rows.update({row.ref: row for row in folded.written})
        dead.update(folded.buried)
        buckets.update(folded.deltas)
        assert min(buckets.values(), default=0) >= 0
        changes += folded.changes
    return rows, +buckets, changes


@given(deliveries=DELIVERIES, data=st.data())
def test_every_order_in_every_batching_counts_the_survivors(
    deliveries: list[Operation], data: st.DataObject
) -> None:
    """Any order of new, edited, deleted and repeated messages gives a recount's totals."""
    shuffled = data.draw(st.permutations(deliveries))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    edges = [0, *cuts, len(shuffled)]
    rows, buckets, changes = in_batches([shuffled[start:end] for start, end in pairwise(edges)])
    expected = recount(deliveries)
    assert {
        (where, datetime.fromtimestamp(hour * 3600, UTC), label): count
        for (where, hour, _, label), count in buckets.items()
    } == expected
    assert Counter(map(cell_of, rows.values())) == buckets
    assert len(changes) == len(deliveries)


@given(deliveries=DELIVERIES)
def test_delivering_everything_twice_changes_nothing(deliveries: list[Operation]) -> None:
    """Redelivered operations are all refused and move no count."""
    once_rows, once_buckets, _ = in_batches([deliveries])
    rows, buckets, changes = in_batches([deliveries, deliveries])
    assert (rows, buckets) == (once_rows, once_buckets)
    assert not any(change.applied for change in changes[len(deliveries) :])


def test_an_edit_before_its_new_message_is_the_row() -> None:
    """The new message that comes after its own edit is too late."""
    folded = fold({}, set(), keyed([put(0, 2), put(0, 0)]))
    assert [change.applied for change in folded.changes] == [True, False]
    assert folded.written == [put(0, 2).observation]


def test_an_edit_tells_the_row_it_replaced() -> None:
    """The caller learns the former reaction, and it stays noted until it is taken away."""
    old = replace(observation(0), reaction=SMILE)
    folded = fold({old.ref: old}, set(), keyed([put(0, 1)]))
    assert folded.changes == [Change(applied=True, before=old)]
    assert folded.written[0].reaction == SMILE


def test_a_removal_in_the_same_batch_leaves_no_row_and_no_count() -> None:
    """New and deleted at once: only the tombstone is written."""
    folded = fold({}, set(), keyed([put(0, 0), Remove(ref(0)), put(0, 1)]))
    assert (folded.written, folded.deltas, folded.buried) == ([], {}, [ref(0)])
    assert [change.applied for change in folded.changes] == [True, True, False]


def test_a_reaction_moves_no_count() -> None:
    """Noting a reaction writes the row alone; on an unknown message it does nothing."""
    row = observation(0)
    folded = fold({row.ref: row}, set(), keyed([React(ref(0), SMILE), React(ref(1), SMILE)]))
    assert folded.written == [replace(row, reaction=SMILE)]
    assert folded.deltas == {}
    assert [change.applied for change in folded.changes] == [True, False]


def test_a_message_from_a_settled_hour_is_not_counted() -> None:
    """Nobody could tell whether a message from expired hours had been counted before."""
    early, late = put(0, 0), put(60, 0)
    (_, settled, _, _) = cell_of(late.observation)
    folded = fold({}, set(), keyed([early, late]), settled={channel(): settled})
    assert [change.applied for change in folded.changes] == [False, True]


def test_an_edit_that_moves_a_message_to_another_hour_moves_its_count() -> None:
    """Both hours are corrected when two deliveries disagree about the sending time."""
    old = observation(0)
    new = replace(observation(0, 1), sent_at=old.sent_at + timedelta(hours=3))
    folded = fold({old.ref: old}, set(), keyed([Put(new)]))
    assert folded.deltas == {cell_of(old): -1, cell_of(new): 1}


def test_a_refused_author_is_not_counted_but_a_removal_still_holds() -> None:
    """An opted-out author's message leaves no row, and once deleted it never comes back."""
    row = observation(0)
    folded = fold({}, set(), keyed([Put(row), Remove(row.ref)]), refused={row.author})
    assert [change.applied for change in folded.changes] == [False, True]
    assert (folded.written, folded.deltas, folded.buried) == ([], {}, [row.ref])
