"""The pages of the import in Chromium: they fit a phone, and axe finds nothing."""

import os
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from recurring.importing.exporting import write_table
from recurring.importing.models import RuleImport
from tests.look.browser import faults, sticks_out
from tests.look.conftest import chromium  # noqa: F401 - a fixture
from tests.recurring.importing.test_calendars import calendar, event
from tests.recurring.importing.test_tables import GOOD, PARCEL
from tests.recurring.test_pages_in_browser import opened

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db
ROWS = [
    {**GOOD, "rule": "TU FR", "holidays": "before"},
    {**PARCEL, "name": "Pain pour l’école", "rule": "FREQ=MONTHLY;BYDAY=1MO"},
    {**GOOD, "name": "Poireaux", "goods": "1 Leeks", "first_date": "1.12.2026"},
]


def bring(browser, text, name, **fields):
    sent = {"file": SimpleUploadedFile(name, text.encode()), "kind": "supply", **fields}
    browser.post(reverse("importing:import-create"), {**sent, "action_id": uuid.uuid4()})
    return reverse("importing:import-detail", args=[RuleImport.objects.latest("pk").pk])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_the_pages_fit_and_are_accessible(
    chromium,  # noqa: F811 - the fixture
    kitchen,
    client_for,
    width,
    language,
    scheme,
):
    kitchen.odile.language = language
    kitchen.odile.save()
    browser, buyer = client_for(kitchen.odile), kitchen.restaurant.pk
    dates = calendar(event("RRULE:FREQ=WEEKLY"), event("RRULE:FREQ=HOURLY"))
    paths = {
        "create": reverse("importing:import-create"),
        "table": bring(browser, write_table(ROWS), "commandes-régulières.csv"),
        "calendar": bring(browser, dates, "agenda.ics", buyer=buyer),
        "parcels": bring(browser, dates, "agenda.ics", buyer=buyer, kind="delivery"),
        "wrong": bring(browser, "name,kind\nx,goods\n", "autre.csv"),
    }
    with translation.override(language):
        for name, path in paths.items():
            page = opened(chromium, browser, path, width, language, scheme)
            assert sticks_out(page) <= 0, name
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/import-{name}-{language}-{width}.png", full_page=True
                )
            assert faults(page) == [], name
            page.context.close()
