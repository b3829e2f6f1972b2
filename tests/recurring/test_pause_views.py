"""Pausing, resuming and ending: each says what it does, then does it."""

from datetime import timedelta

from recurring.models import BulkPause, Pause
from tests.recurring.editing import TOMORROW, url


def test_a_pause_says_what_it_does_then_does_it_and_resuming_too(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "version": 1, "reason": "Rest"}
    question = odile.post(url("rule-pause", daily.pk), sent).content.decode()
    assert "1 order is cancelled" in question
    assert "Pause 1 date" in question
    assert not daily.pauses.exists()
    odile.post(url("rule-pause", daily.pk), {**sent, "confirmed": "yes", "made": "cancel"})
    row = daily.occurrences.get(original_start__startswith=str(day))
    assert (row.state, row.reason) == ("cancelled", "paused")
    question = odile.post(url("rule-resume", daily.pk), {"version": 2}).content.decode()
    assert "1 cancelled order comes back" in question
    odile.post(url("rule-resume", daily.pk), {"version": 2, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.state == "generated"


def test_a_pause_keeps_orders_when_asked(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "version": 1, "confirmed": "yes", "made": "keep"}
    odile.post(url("rule-pause", daily.pk), sent)
    assert daily.occurrences.get(original_start__startswith=str(day)).state == "generated"


def test_a_pause_that_ends_before_it_begins_is_refused(odile, daily):
    sent = {"from_day": "2027-02-02", "to_day": "2027-02-01", "version": 1}
    response = odile.post(url("rule-pause", daily.pk), sent)
    assert response.status_code == 422
    assert "must not be before the first" in response.content.decode()
    assert not daily.pauses.exists()


def test_the_end_keeps_the_past_and_cancels_the_rest(odile, daily):
    last = TOMORROW.date() + timedelta(days=3)
    sent = {"last_day": last, "version": 1}
    assert "are cancelled" in odile.post(url("rule-end", daily.pk), sent).content.decode()
    odile.post(url("rule-end", daily.pk), {**sent, "confirmed": "yes", "made": "cancel"})
    kept = daily.occurrences.filter(state="generated").order_by("original_start").last()
    assert kept.original_start.startswith(str(last))
    assert daily.occurrences.filter(state="generated", original_start__gt=f"{last}T99").count() == 0


def test_a_pause_still_to_come_is_taken_back(odile, daily):
    day = TOMORROW.date() + timedelta(days=5)
    sent = {"from_day": day, "to_day": day, "version": 1, "confirmed": "yes", "made": "cancel"}
    odile.post(url("rule-pause", daily.pk), sent)
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert "Take the pause back" in page
    assert "Resume" not in page
    question = odile.post(url("rule-resume", daily.pk), {"version": 2}).content.decode()
    assert "Take the pause back and make 1 order" in question
    response = odile.post(
        url("rule-resume", daily.pk), {"version": 2, "confirmed": "yes"}, follow=True
    )
    assert "The pause is taken back." in response.content.decode()
    assert not daily.pauses.exists()
    assert daily.events.first().get_kind_display() == "Pause taken back"


def test_each_pause_has_its_own_way_back_but_for_the_cooperatives(odile, daily):
    bulk = BulkPause.objects.create(
        from_day=TOMORROW.date() + timedelta(days=20),
        to_day=TOMORROW.date() + timedelta(days=21),
        created_at=TOMORROW,
    )
    for pause in (
        {
            "from_day": TOMORROW.date() + timedelta(days=5),
            "to_day": TOMORROW.date() + timedelta(days=6),
        },
        {"from_day": bulk.from_day, "to_day": bulk.to_day, "bulk": bulk, "reason": "Inventory"},
    ):
        Pause.objects.create(standing_order=daily, created_at=TOMORROW, **pause)
    own, of_all = daily.pauses.all()
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert f'name="pause" value="{own.pk}"' in page
    assert f'name="pause" value="{of_all.pk}"' not in page
    assert "Inventory · your cooperative does not deliver then" in page
    said = {"version": 1, "pause": of_all.pk, "confirmed": "yes"}
    assert odile.post(url("rule-resume", daily.pk), said).status_code == 409
    odile.post(url("rule-resume", daily.pk), {**said, "pause": own.pk})
    assert daily.pauses.get() == of_all


def test_a_pause_of_today_is_resumed(odile, daily):
    Pause.objects.create(
        standing_order=daily, from_day=TOMORROW.date() - timedelta(days=1), created_at=TOMORROW
    )
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert "Resume" in page
    assert "Take the pause back" not in page
    odile.post(url("rule-resume", daily.pk), {"version": 1, "confirmed": "yes"})
    assert daily.events.first().kind == "resumed"
