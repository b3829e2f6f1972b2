"""Edits in any order end in what the final rule says afresh, plus what was closed or changed by hand.

The acts are drawn by hypothesis, on the real database; each example is rolled back. The same
examples every time, so that a failure here is a failure everywhere; LIFE_EXAMPLES=200 looks for more.
"""

import os
from datetime import time
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recurring.models import StockDecision
from recurring.services import WindowDraft
from tests.recurring.conftest import make_kitchen
from tests.recurring.life.world import ScarceWorld, World

days = st.integers(0, 16)
hours = st.integers(5, 20)
nth = st.integers(0, 5)  # of the dates to come
drafts = st.fixed_dictionaries(
    {
        "weekdays": st.sampled_from([[2, 5], [2], [3, 5], [1, 2, 3, 4, 5, 6]]),
        "interval": st.sampled_from([1, 1, 2]),
        "windows": st.sampled_from(
            [
                (WindowDraft(time(6, 30), 30),),
                (WindowDraft(time(7, 15), 45),),
                (WindowDraft(time(6, 30), 30), WindowDraft(time(15), 60)),
            ]
        ),
        "quantity": st.integers(1, 30),
        "holiday_policy": st.sampled_from(["skip", "before", "after", "keep", "ask"]),
    }
)
acts = st.one_of(
    st.tuples(st.just("skip"), nth),
    st.tuples(st.just("move"), nth, days, hours),
    st.tuples(st.just("change"), nth, st.integers(1, 9)),
    st.tuples(st.just("restore"), nth),
    st.tuples(st.just("add"), days, hours),
    st.tuples(st.just("pause"), days, st.integers(0, 9), st.booleans()),
    st.tuples(st.just("resume")),
    st.tuples(st.just("edit"), drafts, st.booleans()),
    st.tuples(st.just("following"), nth, drafts, st.booleans()),
    st.tuples(st.just("end"), days, st.booleans()),
    st.tuples(st.just("note_by_hand"), nth),
    st.tuples(st.just("call_off_by_hand"), nth),
    st.tuples(st.just("wait"), st.integers(1, 2)),
)
prices = st.integers(100, 900)
priced_acts = st.one_of(
    acts,
    st.tuples(st.just("sell_at"), prices),
    st.tuples(st.just("sell_at_last_minute"), prices),
)
scarce_acts = st.one_of(
    acts,
    st.tuples(st.just("decide"), nth, st.sampled_from(StockDecision.Answer.values)),
    st.tuples(st.just("restock"), st.integers(1, 10)),
)
EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "8"))
pytestmark = pytest.mark.timeout(300 + 30 * EXAMPLES)
searching = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="LIFE_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@searching
@given(sequence=st.lists(priced_acts, min_size=3, max_size=9))
def test_any_order_of_acts_ends_in_the_rule_and_what_hands_did(alpha, db, sequence):
    live(World, alpha, sequence)


@searching
@given(sequence=st.lists(scarce_acts, min_size=3, max_size=9))
def test_any_order_of_acts_leaves_waiting_only_what_is_short_and_undecided(alpha, db, sequence):
    live(ScarceWorld, alpha, sequence)


def live(kind: type[World], cooperative: Any, sequence: list[Any]) -> None:
    with transaction.atomic():
        world = kind(cooperative, make_kitchen())
        for name, *arguments in sequence:
            world.act(name, arguments)
        world.generate()
        world.check()
        transaction.set_rollback(True)
