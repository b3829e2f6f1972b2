"""Who acts is known wherever the work goes, and a number is nobody where it is not theirs."""

from types import SimpleNamespace

import pytest

from coopcycle import current
from coopcycle.current import (
    Act,
    act_as,
    acting,
    actor_here,
    current_act,
    current_schema,
    new_request_id,
    reason_here,
    telling_why,
    usable_request_id,
    visitor,
    working_for,
)
from tenants.context import in_cooperative, in_federation

pytestmark = pytest.mark.django_db


def test_the_schema_is_a_co_op_s_or_none(alpha, beta):
    for cooperative in (alpha, beta):
        with in_cooperative(cooperative):
            assert current_schema() == cooperative.schema_name
    with in_federation():
        assert current_schema() is None


# --- who signs in ----------------------------------------------------------------------------------
def test_who_signs_in_acts_from_then_on_in_their_own_schema(alpha):
    with in_cooperative(alpha), acting(request_id="abc123", address="192.0.2.1"):
        act_as(7)

        assert current_act() == Act(
            actor_id=7,
            request_id="abc123",
            address="192.0.2.1",
            actor_home=alpha.schema_name,
        )
    assert current_act() == Act()


def test_at_the_federation_who_signs_in_is_at_home_there_and_a_visitor_elsewhere(alpha):
    with in_federation(), acting(request_id="abc123"):
        act_as(7)

        assert (actor_here(), visitor()) == (7, "")
        with in_cooperative(alpha):
            assert (actor_here(), visitor()) == (None, "?")


def test_outside_of_a_request_nobody_stays_signed_in():
    act_as(7)

    assert current_act() == Act()


# --- blocks ----------------------------------------------------------------------------------------
def test_what_is_not_given_stays_as_it_was_and_what_is_given_ends_with_the_block():
    with acting(request_id="abc123", address="192.0.2.1", reason="lost phone") as outer:
        with acting(actor_id=7, actor_home="there", actor_name="Ana") as inner:
            assert current_act() == inner
            assert inner == Act(7, "abc123", "192.0.2.1", "lost phone", "there", "Ana")
        assert current_act() == outer == Act(None, "abc123", "192.0.2.1", "lost phone")
    assert current_act() == Act()


def test_another_person_has_neither_the_home_nor_the_name_of_the_one_before():
    with acting(actor_id=7, actor_home="there", actor_name="Ana"), acting(actor_id=8) as act:
        assert act == Act(actor_id=8)


def test_a_task_knows_who_asked_for_it_and_nothing_of_who_runs_it():
    with acting(actor_id=7, reason="lost phone", address="192.0.2.1"):
        with working_for("abc123", 8):
            assert current_act() == Act(actor_id=8, request_id="abc123")
        assert current_act().actor_id == 7


@pytest.mark.parametrize("block", [acting(actor_id=7), working_for("abc123", 7)])
def test_a_failure_ends_it_too(block):
    with pytest.raises(ValueError, match="no"), block:
        raise ValueError("no")

    assert current_act() == Act()


@pytest.mark.parametrize(
    ("act", "is_nobody"),
    [
        (Act(), True),
        (Act(address="192.0.2.1", actor_home="there", actor_name="Ana"), True),
        (Act(actor_id=7), False),
        (Act(request_id="abc123"), False),
        (Act(reason="lost phone"), False),
    ],
)
def test_the_trail_is_told_of_a_person_a_request_or_a_reason(act, is_nobody):
    assert act.is_nobody is is_nobody


def test_the_reason_of_a_service_is_that_of_all_it_does():
    @telling_why
    def give_back(what, *, reason):
        return f"{what}: {current_act().reason}"

    assert give_back("a bike", reason="lost phone") == "a bike: lost phone"
    assert give_back("a bike", reason="x" * 301) == "a bike: " + "x" * 300
    assert current_act() == Act()


# --- visitors --------------------------------------------------------------------------------------
def test_nobody_is_no_visitor():
    assert (visitor(), actor_here(), reason_here()) == ("", None, "")


def test_a_number_without_a_home_counts_where_it_is_said():
    with working_for("abc123", 7):
        assert (visitor(), actor_here()) == ("", 7)


def test_at_home_a_person_is_their_number_and_elsewhere_their_name(alpha, beta):
    with acting(actor_id=7, actor_home=alpha.schema_name, actor_name="Ana"):
        with in_cooperative(alpha):
            assert (visitor(), actor_here()) == ("", 7)
        with in_cooperative(beta):
            assert (visitor(), actor_here()) == ("Ana", None)


def test_a_home_without_a_person_makes_no_visitor(beta):
    nobody = current._act.set(Act(actor_home="elsewhere", actor_name="Ana"))
    try:
        assert (visitor(), actor_here()) == ("", None)
    finally:
        current._act.reset(nobody)


# --- reasons ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "reason", "said"),
    [
        ("Solène", "lost phone", "federation: Solène|lost phone"),
        ("Solène", "", "federation: Solène"),
        ("So|lène", "a|b", "federation: So/lène|a|b"),  # the first bar ends the name
        ("Solène", "x" * 300, "federation: Solène|" + "x" * 281),
    ],
)
def test_a_visitor_s_reason_begins_with_their_name(name, reason, said):
    with acting(actor_id=7, actor_home="elsewhere", actor_name=name, reason=reason):
        assert reason_here() == said


@pytest.mark.parametrize("reason", ["", "lost phone"])
def test_at_home_the_reason_is_as_it_was_given(alpha, reason):
    with acting(actor_id=7, actor_home=alpha.schema_name, actor_name="Ana", reason=reason):
        assert reason_here() == reason


# --- ids -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("8f3c0d1e-0000-4000-8000-1234567890ab", "8f3c0d1e0000400080001234567890ab"),
        ("abcd1234", "abcd1234"),
        ("x" * 32, "x" * 32),
    ],
)
def test_an_id_that_has_the_form_of_one_is_kept(given, kept):
    assert usable_request_id(given) == kept


@pytest.mark.parametrize("given", ["", "short", "x" * 33, "abcd1234\n", "abcd 1234", "abcd_1234"])
def test_what_has_not_the_form_of_an_id_gets_a_new_one(given):
    made = usable_request_id(given)

    assert made != given
    assert len(made) == 20


def test_an_id_begins_with_its_millisecond_and_ends_by_chance(monkeypatch):
    monkeypatch.setattr(current, "time", SimpleNamespace(time_ns=lambda: 1_800_000_000_123_999_999))
    one, two = new_request_id(), new_request_id()

    assert one[:11] == two[:11] == f"{1_800_000_000_123:011x}"
    assert one[11:] != two[11:]
    assert len(one) == len(two) == 20
