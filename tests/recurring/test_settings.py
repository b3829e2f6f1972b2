"""Our co-op: what administrators change, what follows, and what is asked before the clock moves."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from coopcycle.errors import DomainError
from recurring.calendars import terms_of
from recurring.cooperative import services
from recurring.holidays import is_public_holiday
from recurring.models import HolidayDay, StandingOrder, StandingOrderEvent
from recurring.planning import with_contents
from recurring.schedule import WorkCalendar
from recurring.selectors.days import days_of
from recurring.services import close_day, follow_zone
from recurring.tasks import generate_for_cooperative
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative
from tenants.settings import StaleSettingsError, own_settings
from tests.clock import local_today
from tests.factories import MembershipFactory, UserFactory

SETTINGS = reverse("cooperative:settings", urlconf="coopcycle.urls")
ZONE = reverse("cooperative:zone", urlconf="coopcycle.urls")
COLOUR = reverse("cooperative:colour", urlconf="coopcycle.urls")
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return UserFactory(administrator=True, name="Ada")


@pytest.fixture
def office(ada, client_for):
    return client_for(ada)


@pytest.fixture
def started(monkeypatch):
    found = []
    monkeypatch.setattr(generate_for_cooperative, "delay", lambda: found.append("generation"))
    return found


def said(**changes: object) -> dict[str, object]:
    """The form as the page draws it, with what the person changed."""
    now = own_settings()
    names = ("languages", "default_language", "colour", "working_weekdays", "missed_dates")
    return {
        **{name: getattr(now, name) for name in names},
        "subdivision": "",
        "generation_horizon_days": now.generation_horizon_days,
        "lead_minutes": now.lead_minutes,
        "price_notice_percent": now.price_notice_percent,
        "settings_version": now.settings_version,
        **changes,
    }


def zone(**changes: object) -> dict[str, object]:
    return {
        "timezone": "Europe/Lisbon",
        "settings_version": own_settings().settings_version,
        **changes,
    }


def words(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("url", [SETTINGS, ZONE, COLOUR + "?colour=%23aa3300"])
class TestWho:
    def test_an_administrator_comes_in(self, office, url):
        assert office.get(url).status_code == 200

    def test_without_sign_in_it_leads_to_the_gate(self, client, url):
        assert client.get(url).status_code == 302

    @pytest.mark.parametrize("role", ["dispatcher", "courier"])
    def test_others_of_the_co_op_do_not_find_it(self, client_for, url, role):
        browser = client_for(UserFactory(**{role: True}))
        assert browser.get(url).status_code == 404
        assert browser.post(url, said(lead_minutes=1)).status_code == 404
        assert own_settings().lead_minutes == 120

    def test_a_member_of_a_business_does_not_find_it(self, client_for, url):
        assert client_for(MembershipFactory().user).get(url).status_code == 404

    def test_another_method_is_refused(self, office, url):
        assert office.put(url).status_code == 405


def test_all_is_saved_at_once(office, started, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = office.post(
            SETTINGS,
            said(
                languages=["en"],
                default_language="en",
                colour="#AA3300",
                working_weekdays=["1", "2", "3"],
                subdivision="6AE",
                generation_horizon_days="21",
                missed_dates="make",
                lead_minutes="60",
                price_notice_percent="0",
            ),
        )
    assert (response.status_code, response["Location"]) == (302, SETTINGS)
    now = own_settings()
    assert (now.languages, now.default_language, now.colour) == (["en"], "en", "#aa3300")
    assert (now.working_weekdays, now.subdivision) == ([1, 2, 3], "6AE")
    assert (now.generation_horizon_days, now.missed_dates, now.lead_minutes) == (21, "make", 60)
    assert now.price_notice_percent == 0
    assert started == ["generation"]
    assert "Your settings are saved." in words(office.get(SETTINGS))


def test_a_request_cannot_name_another_co_op(office, beta):
    wanted = said(lead_minutes=30, id=beta.pk, schema_name=beta.schema_name, name="X", slug="x")
    assert office.post(SETTINGS, wanted).status_code == 302
    with in_federation():
        found = dict(Cooperative.objects.values_list("slug", "lead_minutes"))
    assert found == {"alpha": 30, "beta": 120}
    with in_cooperative(beta):
        assert own_settings().settings_version == 1


def test_what_decides_no_dates_starts_no_generation(
    office, started, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        office.post(SETTINGS, said(colour="#aa3300"))
    assert started == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"languages": []}, "Choose at least one language."),
        (
            {"languages": ["en"], "default_language": "fr"},
            "Choose it among the languages you offer.",
        ),
        ({"working_weekdays": []}, "Choose at least one day of the week."),
        ({"colour": "red;}"}, "Write the colour as # and six figures"),
        ({"generation_horizon_days": 91}, "Write 90 or less."),
        ({"lead_minutes": -1}, "Write 0 or more."),
        ({"price_notice_percent": 101}, "Write 100 or less."),
        ({"subdivision": "Atlantis"}, "Choose one of those on offer."),
        ({"missed_dates": ""}, "This is still missing."),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_and_nothing_changes(office, wrong, sentence):
    response = office.post(SETTINGS, said(lead_minutes=30) | wrong)
    assert response.status_code == 422
    assert sentence in words(response)
    assert own_settings().settings_version == 1


def test_of_two_administrators_the_later_sees_what_the_other_did(office):
    stale = said(lead_minutes=30)
    office.post(SETTINGS, said(lead_minutes=45))
    response = office.post(SETTINGS, stale)
    assert response.status_code == 409
    assert "Here is how they are now. Nothing of yours was saved." in words(response)
    assert 'name="lead_minutes" value="45"' in words(response)
    assert 'name="settings_version" value="2"' in words(response)
    assert own_settings().lead_minutes == 45


def test_a_form_sent_twice_counts_once(office):
    sent = said(lead_minutes=45)
    assert [office.post(SETTINGS, sent).status_code for _ in range(2)] == [302, 302]
    assert own_settings().settings_version == 2


def test_a_colour_is_shown_before_it_is_kept(office):
    shown = words(office.post(SETTINGS, said(colour="#aa3300", act="show")))
    assert f'href="{COLOUR}?colour=%23aa3300"' in shown
    assert own_settings().settings_version == 1
    sheet = office.get(COLOUR, {"colour": "#AA3300"})
    assert sheet.content.decode().startswith("[data-colour-preview] { --coop: #aa3300; }")
    assert office.get(COLOUR, {"colour": "red;} body{display:none"}).status_code == 404


def _near_holiday(day: date) -> bool:
    return any(is_public_holiday("FR", None, day - timedelta(days=back)) for back in range(3))


class TestWeekdays:
    """Every Friday, on the working day before a holiday: the next Friday is one, so Thursday it is."""

    @pytest.fixture
    def shifted(self, kitchen):
        today = local_today()
        days = (today + timedelta(days=number) for number in range(4, 15))
        friday = next(day for day in days if day.isoweekday() == 5 and not _near_holiday(day))
        order = kitchen.standing_order(
            at=timezone.now(), first_day=friday, weekdays=[5], holiday_policy="before"
        )
        close_day(friday, "Fair", actor=kitchen.office, at=timezone.now())
        row = order.occurrences.get(original_start=f"{friday}T06:30:00")
        assert timezone.localdate(row.starts_at) == friday - timedelta(days=1)
        return row

    def test_what_it_does_to_made_orders_is_said_before(self, office, shifted):
        shown = words(office.post(SETTINGS, said(working_weekdays=[1, 2, 3, 5])))
        assert "Ride on other days of the week?" in shown
        assert "1 order made already changes" in shown
        assert 'name="working_weekdays" value="5"' in shown
        assert own_settings().settings_version == 1

    def test_orders_that_a_holiday_shifted_move_with_them(self, office, shifted):
        office.post(SETTINGS, said(working_weekdays=[1, 2, 3, 5], confirmed="yes"))
        start = shifted.starts_at
        shifted.refresh_from_db()
        assert shifted.starts_at == start - timedelta(days=1)
        assert shifted.order.day == timezone.localdate(shifted.starts_at)
        event = shifted.standing_order.events.first()
        assert event.changes == [
            {"what": "weekdays", "before": [1, 2, 3, 4, 5, 6], "after": [1, 2, 3, 5]}
        ]

    @pytest.mark.parametrize("by", ["the next run", "the same act again"])
    def test_killed_between_the_two_transactions_it_is_done_later(
        self, ada, shifted, monkeypatch, by
    ):
        class Killed(BaseException):
            pass

        def die(place: str) -> None:
            raise Killed(place)

        weekdays, start, now = [1, 2, 3, 5], shifted.starts_at, timezone.now()
        change = {"changes": {"working_weekdays": weekdays}, "actor": ada, "at": now}
        with monkeypatch.context() as patch:
            patch.setattr(services, "reach", die)
            with pytest.raises(Killed, match="settings written"):
                services.change_settings(seen=1, **change)
        assert own_settings().working_weekdays == weekdays
        shifted.refresh_from_db()
        assert shifted.starts_at == start

        for _twice in range(2):
            if by == "the next run":
                generate_for_cooperative()
            else:
                services.change_settings(seen=2, **change)
        shifted.refresh_from_db()
        assert shifted.starts_at == start - timedelta(days=1)
        events = shifted.standing_order.events.all()
        [actor] = [e.actor for e in events if e.changes and e.changes[0]["what"] == "weekdays"]
        assert actor == ada

    def test_refused_settings_leave_orders_alone(self, ada, shifted):
        start = shifted.starts_at
        with pytest.raises(StaleSettingsError):
            services.change_settings(
                {"working_weekdays": [1, 2, 3, 5]}, seen=7, actor=ada, at=timezone.now()
            )
        generate_for_cooperative()
        shifted.refresh_from_db()
        assert shifted.starts_at == start

    def test_where_nothing_moves_nothing_is_asked(self, office, shifted):
        assert office.post(SETTINGS, said(working_weekdays=[1, 2, 3, 4, 5])).status_code == 302


def test_a_region_written_in_the_co_ops_own_way_stays_as_it_is(office, alpha):
    with in_federation():
        Cooperative.objects.filter(pk=alpha.pk).update(subdivision="ARA")
    office.post(SETTINGS, said(lead_minutes=45))
    assert own_settings().subdivision == "ARA"


def test_a_new_region_moves_nothing_and_offers_what_differs(office, started):
    year = local_today().year
    office.get(reverse("recurring:holiday-year", args=[year]))
    before = HolidayDay.objects.count()
    office.post(SETTINGS, said(subdivision="6AE"))
    assert HolidayDay.objects.count() == before
    assert "On 2 days the official calendar of your region" in words(office.get(SETTINGS))
    page = words(office.get(reverse("recurring:holiday-year", args=[year])))
    assert "The official calendar has changed since you copied it." in page
    assert SETTINGS in page


def test_a_task_makes_as_far_ahead_as_was_said_just_now(alpha, kitchen):
    today = local_today()
    order = kitchen.standing_order(
        at=timezone.now(), first_day=today + timedelta(days=1), weekdays=[1, 2, 3, 4, 5, 6, 7],
        holiday_policy="keep",
    )  # fmt: skip
    assert order.occurrences.count() == 14
    services.change_settings(
        {"generation_horizon_days": 20}, seen=1, actor=kitchen.office, at=timezone.now()
    )
    generate_for_cooperative()
    assert order.occurrences.count() == 20


def test_the_status_page_says_how_far_and_leads_to_the_settings(office, client_for):
    url = reverse("recurring:generation")
    assert "They are made 14 days ahead." in words(office.get(url))
    assert SETTINGS in words(office.get(url))
    assert SETTINGS not in words(client_for(UserFactory(dispatcher=True)).get(url))


class TestZone:
    """The co-op's clock, and the standing orders on it."""

    @pytest.fixture
    def rule(self, kitchen):
        today = local_today()
        return kitchen.standing_order(
            at=timezone.now(),
            first_day=today + timedelta(days=2),
            weekdays=[1, 2, 3, 4, 5, 6, 7],
            holiday_policy="keep",
        )

    def test_what_it_does_is_said_before(self, office, rule):
        shown = words(office.post(ZONE, zone()))
        assert "From the clock of Paris to that of Lisbon?" in shown
        assert "1 standing order keeps its times, on the new clock" in shown
        # For an hour of each night it is still yesterday in Lisbon.
        behind = (local_today() - timezone.localdate(timezone=ZoneInfo("Europe/Lisbon"))).days
        assert f"{70 - behind} planned dates of the next twelve weeks" in shown
        assert "13 orders that are made stay at the moment that was promised" in shown
        rule.refresh_from_db()
        assert (rule.timezone, own_settings().timezone) == ("Europe/Paris", "Europe/Paris")

    def test_it_is_one_act_and_a_doubled_post_is_harmless(self, office, rule):
        starts = list(rule.occurrences.values_list("starts_at", flat=True))
        sent = zone(confirmed="yes")
        assert [office.post(ZONE, sent).status_code for _ in range(2)] == [302, 302]
        rule.refresh_from_db()
        assert (rule.timezone, own_settings().timezone) == ("Europe/Lisbon", "Europe/Lisbon")
        assert list(rule.occurrences.values_list("starts_at", flat=True)) == starts
        event = StandingOrderEvent.objects.get(kind="rezoned")
        assert event.changes == [
            {"what": "timezone", "before": "Europe/Paris", "after": "Europe/Lisbon"}
        ]
        assert event.counts["left"] == 13

    def test_made_dates_stand_in_the_calendar_when_they_come_on_the_new_clock(self, office, rule):
        office.post(ZONE, zone(confirmed="yes"))
        rule = with_contents(StandingOrder.objects.filter(pk=rule.pk)).get()
        first, last = local_today(), local_today() + timedelta(days=20)
        days = days_of(
            terms_of(rule), WorkCalendar(), rule, first=first, last=last, at=timezone.now()
        )
        made = [day.start.time() for day in days if day.look == "generated"]
        planned = [day.start.time() for day in days if day.look == "planned"]
        assert made == [time(5, 30)] * 13  # promised for 6:30 in Paris
        assert set(planned) == {time(6, 30)}

    def test_ended_ones_come_along_for_whoever_takes_them_up_again(self, office, rule):
        StandingOrder.objects.update(state="ended")
        office.post(ZONE, zone(confirmed="yes"))
        rule.refresh_from_db()
        assert (rule.timezone, rule.state) == ("Europe/Lisbon", "ended")

    def test_a_stale_one_is_refused_and_shows_the_newer_state(self, office, rule):
        stale = zone(confirmed="yes", timezone="Europe/London")
        office.post(ZONE, zone(confirmed="yes"))
        response = office.post(ZONE, stale)
        assert response.status_code == 409
        assert "Your clock is that of Lisbon" in words(response)
        rule.refresh_from_db()
        assert (rule.timezone, own_settings().timezone) == ("Europe/Lisbon", "Europe/Lisbon")

    def test_a_zone_that_does_not_exist_is_refused(self, office):
        assert office.post(ZONE, zone(timezone="Mars/Base", confirmed="yes")).status_code == 422
        assert own_settings().timezone == "Europe/Paris"

    def test_standing_orders_that_were_left_behind_are_told_and_taken_along(
        self, office, rule, alpha
    ):
        with in_federation():  # cut off after the first of the two transactions
            Cooperative.objects.filter(pk=alpha.pk).update(timezone="Europe/Lisbon")
        sentence = "1 standing order still lives on another clock than yours."
        assert sentence in words(office.get(SETTINGS))
        assert office.post(ZONE, zone(confirmed="yes")).status_code == 302
        rule.refresh_from_db()
        assert rule.timezone == "Europe/Lisbon"
        assert sentence not in words(office.get(SETTINGS))

    def test_only_one_of_two_zones_chosen_at_once_takes_the_orders(self, kitchen, rule):
        """The co-op has moved on before the orders of the first choice followed."""
        shown = services.change_zone(
            "Europe/London", seen=1, actor=kitchen.office, at=timezone.now()
        )
        assert len(shown.left) == 13
        with pytest.raises(DomainError, match="another time zone"):
            follow_zone("Europe/Lisbon", actor=kitchen.office, at=timezone.now())
        rule.refresh_from_db()
        assert rule.timezone == "Europe/London"
