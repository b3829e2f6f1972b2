"""The words of templates: dates, times, money, states, icons."""

from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils import timezone, translation

from accounts.models import Business
from coopcycle import dates, icons, states
from coopcycle.money import Money
from coopcycle.words import filed, filing_key
from tests.factories import BusinessFactory

MORNING = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)


def test_a_colon_is_the_languages_own():
    assert rendered("{{ day }}{% colon %}{{ name }}", day="Tue", name="Chard") == "Tue: Chard"
    with translation.override("fr"):
        assert rendered("{% colon %}") == " : "


def rendered(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    ("language", "style", "expected"),
    [
        ("en", "day", "Tue 24 Nov"),
        ("fr", "day", "mar. 24 nov."),
        ("en", "day_long", "Tuesday 24 November"),
        ("fr", "day_long", "mardi 24 novembre"),
        ("en", "day_year", "24 Nov 2026"),
        ("fr", "day_month", "24 nov."),
    ],
)
def test_a_day_is_written_as_people_write_it(language, style, expected):
    with translation.override(language):
        assert dates.format_day(date(2026, 11, 24), style) == expected


def test_the_first_of_a_month_is_an_ordinal_in_french_only():
    with translation.override("fr"):
        assert dates.format_day(date(2026, 12, 1)) == "mar. 1er déc."
        assert dates.format_day(date(2026, 12, 11)) == "ven. 11 déc."
        assert dates.format_day(date(2026, 12, 31)) == "jeu. 31 déc."
    with translation.override("en"):
        assert dates.format_day(date(2026, 12, 1)) == "Tue 1 Dec"


def test_instants_are_told_in_the_zone_of_the_town():
    with translation.override("en"), timezone.override("Europe/Paris"):
        assert dates.format_clock(MORNING) == "06:30"
        late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
        assert dates.format_day(late) == "Wed 25 Nov"


def test_a_window_follows_the_language():
    with timezone.override("Europe/Paris"):
        with translation.override("en"):
            assert dates.format_window(time(6, 30), time(8)) == "06:30–08:00"
        with translation.override("fr"):
            assert dates.format_window(time(6, 30), time(8)) == "6:30–8:00"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(1, "1 min"), (59, "59 min"), (60, "1 h"), (65, "1 h 05"), (563, "9 h 23")],
)
def test_a_delay_is_told_in_hours_from_an_hour_on(language, minutes, expected):
    with translation.override(language):
        assert dates.format_delay(minutes) == expected


@pytest.mark.parametrize(
    ("language", "minutes", "seen", "heard"),
    [
        ("en", 1, "+1 min", "1 minute late"),
        ("en", 60, "+1 h", "1 hour late"),
        ("en", 563, "+9 h 23", "9 hours 23 minutes late"),
        ("fr", 61, "+1 h 01", "1 heure 1 minute de retard"),
        ("fr", 563, "+9 h 23", "9 heures 23 minutes de retard"),
    ],
)
def test_a_late_badge_is_short_to_the_eye_and_whole_to_the_ear(language, minutes, seen, heard):
    with translation.override(language):
        badge = rendered("{% late_badge minutes %}", minutes=minutes)

    assert f'<span aria-hidden="true">{seen}</span>' in badge
    assert f'<span class="sr-only">{heard}</span>' in badge


def test_what_is_on_time_has_no_late_badge():
    assert [rendered("{% late_badge minutes %}", minutes=m) for m in (None, 0, -4)] == ["", "", ""]


def test_names_are_filed_as_people_look_for_them():
    names = ["Zoé", "Œufs", "Élise", "Elsa", "épicerie", "Åsa", "Bar"]
    expected = ["Åsa", "Bar", "Élise", "Elsa", "épicerie", "Œufs", "Zoé"]

    assert sorted(names, key=filing_key) == expected


@pytest.mark.django_db
def test_the_database_files_names_as_we_do():
    names = ["Zoé", "Œufs", "Élise", "Elsa", "épicerie", "Åsa", "Bar", "Øre", "Straße", "Čapek"]
    names += ["Łukasz", "Łódź", "Nguyễn", "strasse 2", "Ça va", "cabane", "Ñandú", "nando"]
    for name in names:
        BusinessFactory(name=name)

    by_database = Business.objects.order_by(filed("name"), "pk").values_list("name", flat=True)

    assert list(by_database) == sorted(
        names, key=lambda name: (filing_key(name), names.index(name))
    )


def test_money_takes_minor_units_or_an_amount():
    with translation.override("fr"):
        assert rendered("{{ price|money:'EUR' }}", price=8640) == "86,40\xa0€"
        assert rendered("{{ price|money }}", price=Money(8640, "EUR")) == "86,40\xa0€"
        assert rendered("{{ price|money:'EUR' }}", price=None) == ""


@pytest.mark.parametrize(
    ("status", "tour_id", "expected"),
    [
        ("TODO", None, "unassigned"),
        ("TODO", 4, "assigned"),
        ("DOING", 4, "progress"),
        ("DONE", 4, "done"),
    ],
)
def test_a_waiting_stop_is_shown_by_whether_it_has_a_courier(status, tour_id, expected):
    assert states.look("task", SimpleNamespace(status=status, tour_id=tour_id)).colour == expected


def test_every_state_has_a_drawn_icon_and_a_colour_that_the_style_sheet_knows(settings):
    css = (settings.BASE_DIR / "static/css/components/state.css").read_text()
    for looks in states.LOOKS.values():
        for look in looks.values():
            assert look.icon in icons.shapes()
            assert f'[data-state="{look.colour}"]' in css


def test_an_unknown_icon_is_an_error():
    with pytest.raises((LookupError, TemplateSyntaxError), match="pterodactyl"):
        rendered('{% icon "pterodactyl" %}')


def test_a_label_of_an_icon_is_escaped():
    assert 'aria-label="&lt;b&gt;"' in rendered("{% icon 'bike' label=label %}", label="<b>")


def test_each_form_gets_an_action_id_of_its_own():
    assert rendered("{% action_id %}") != rendered("{% action_id %}")


@pytest.mark.parametrize(
    ("name", "expected"), [("Ana Ferreira", "AF"), ("Chez Odile", "CO"), ("Zoé", "Z"), ("", "?")]
)
def test_initials(name, expected):
    assert rendered("{{ name|initials }}", name=name) == expected


def test_a_bar_never_sticks_out_and_says_when_it_is_over_full():
    assert 'width="78%"' in rendered("{% bar 94 120 %}")
    over = rendered("{% bar 126 120 %}")
    assert 'width="100%"' in over
    assert "bar__fill--full" in over
    assert 'width="0%"' in rendered("{% bar 0 0 %}")
