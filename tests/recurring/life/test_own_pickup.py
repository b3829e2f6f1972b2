"""One date is picked up at another time than the rule says."""

from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from orders.models import Closure
from recurring import services
from recurring.models import Override
from recurring.services import DateChange, WindowDraft
from tests.recurring.conftest import NOW
from tests.recurring.editing import TOMORROW, url
from tests.recurring.life.conftest import coming, made, seen

FRIDAY = "2026-11-27T06:30:00"
EVENING = (12 * 60 + 30, 90)  # from 18:00 the day before, for an hour and a half


def pickups(order, original=FRIDAY) -> set[tuple[str, str]]:
    tasks = made(order, original).delivery.tasks.filter(kind="PICKUP")
    local = partial(timezone.localtime, timezone=ZoneInfo("Europe/Paris"))
    return {(f"{local(task.after):%a %H:%M}", f"{local(task.before):%H:%M}") for task in tasks}


def change(kitchen, order, change: DateChange, original=FRIDAY):
    return services.change_date(
        change, **seen(order), original_start=original, actor=kitchen.odile, at=NOW
    )


@pytest.fixture
def order(kitchen):
    return kitchen.standing_order()


def test_its_order_is_picked_up_then_and_the_others_as_ever(kitchen, order):
    change(kitchen, order, DateChange(pickup=EVENING))
    assert pickups(order) == {("Thu 18:00", "19:30")}
    assert pickups(order, "2026-12-01T06:30:00") == {("Tue 05:30", "06:30")}
    assert coming(order)[1] == "11-27 06:30"


def test_a_date_that_is_made_later_has_it_too(alpha, kitchen, order):
    later = "2026-12-11T06:30:00"
    change(kitchen, order, DateChange(pickup=EVENING), later)
    services.change_date(
        DateChange(note="Back door"),
        **seen(order),
        original_start=later,
        actor=kitchen.odile,
        at=NOW + timedelta(days=5),
    )
    assert pickups(order, later) == {("Thu 18:00", "19:30")}


def test_a_moved_date_keeps_the_distance_from_its_own_pick_up(kitchen, order):
    change(kitchen, order, DateChange(pickup=EVENING))
    services.move_date(
        **seen(order),
        original_start=FRIDAY,
        new_start=datetime(2026, 11, 28, 7, 30),
        actor=kitchen.odile,
        at=NOW,
    )
    assert pickups(order) == {("Fri 19:00", "20:30")}


def test_a_producer_that_is_closed_on_the_day_of_that_pick_up_gives_nothing(kitchen, order):
    thursday = date(2026, 11, 26)
    Closure.objects.create(
        producer=kitchen.tomatoes.producer, from_day=thursday, to_day=thursday, created_at=NOW
    )
    change(kitchen, order, DateChange(pickup=EVENING))
    row = order.occurrences.get(original_start=FRIDAY)
    assert [(each["name"], each["reason"]) for each in row.left_out] == [("Tomatoes", "closure")]


def test_back_to_the_rule_it_is_picked_up_as_ever(kitchen, order):
    change(kitchen, order, DateChange(pickup=EVENING))
    services.restore_date(**seen(order), original_start=FRIDAY, actor=kitchen.odile, at=NOW)
    assert pickups(order) == {("Fri 05:30", "06:30")}


def test_an_edit_of_the_rule_leaves_it(kitchen, order):
    change(kitchen, order, DateChange(pickup=EVENING))
    window = WindowDraft(time(6, 30), 30, pickup_opens=time(5))
    services.edit_standing_order(
        kitchen.draft(windows=(window,)), **seen(order), actor=kitchen.odile, at=NOW
    )
    assert pickups(order) == {("Thu 18:00", "19:30")}
    assert pickups(order, "2026-12-01T06:30:00") == {("Tue 05:00", "06:00")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"pickup_lead_minutes": 8 * 1440, "pickup_minutes": 60},
        {"pickup_lead_minutes": 60, "pickup_minutes": 5},
        {"action": "cancel", "pickup_lead_minutes": 60, "pickup_minutes": 60},
    ],
)
def test_the_database_refuses_what_cannot_be(order, wrong):
    row = {"action": "change", "decided_at": NOW, "original_start": FRIDAY, **wrong}
    with pytest.raises(IntegrityError, match="override_pickup_within_a_week"), transaction.atomic():
        Override.objects.create(standing_order=order, **row)


class TestPage:
    def sent(self, row, **changes) -> dict[str, object]:
        day = date.fromisoformat(row.original_start[:10])
        return {
            "version": 1,
            "day": day,
            "opens": "06:30",
            "closes": "07:00",
            "pickup_day": day,
            "pickup_opens": "05:30",
            "pickup_closes": "06:30",
            **changes,
        }

    @pytest.fixture
    def row(self, daily):
        return daily.occurrences.filter(state="generated").order_by("starts_at")[5]

    def test_the_date_says_it_and_takes_another(self, odile, daily, row):
        panel = odile.get(url("date-detail", daily.pk, row.original_start)).content.decode()
        assert "Another time for the pick-up" in panel
        assert 'name="pickup_opens" value="05:30"' in panel
        eve = date.fromisoformat(row.original_start[:10]) - timedelta(days=1)
        sent = self.sent(row, pickup_day=eve, pickup_opens="18:00", pickup_closes="19:30")
        response = odile.post(url("date-move", daily.pk, row.original_start), sent)
        assert response.status_code == 302
        assert pickups(daily, row.original_start) == {(f"{eve:%a} 18:00", "19:30")}
        panel = odile.get(url("date-detail", daily.pk, row.original_start)).content.decode()
        assert 'name="pickup_opens" value="18:00"' in panel
        assert "18:00." in panel

    def test_left_alone_it_follows_the_window(self, odile, daily, row):
        sent = self.sent(row, opens="08:30", closes="09:00")
        odile.post(url("date-move", daily.pk, row.original_start), sent)
        assert {window[0][-5:] for window in pickups(daily, row.original_start)} == {"07:30"}
        assert daily.overrides.get().pickup_lead_minutes is None

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"pickup_opens": "09:00", "pickup_closes": "10:00"}, "must be picked up before"),
            ({"pickup_opens": "05:30", "pickup_closes": "05:35"}, "quarter of an hour"),
            ({"pickup_day": TOMORROW.date() - timedelta(days=30)}, "at most seven days"),
        ],
    )
    def test_a_pick_up_that_cannot_be_is_refused(self, odile, daily, row, wrong, sentence):
        sent = self.sent(row, **wrong)
        response = odile.post(url("date-move", daily.pk, row.original_start), sent)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not Override.objects.exists()
