"""The pages of privacy in Chromium: they fit a phone, and axe finds nothing."""

import io
import os
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from dispatch.models import Task
from orders.models import Order
from privacy.models import ErasureRun, Export
from tests.factories import CourierFactory, MembershipFactory, TaskFactory, TourFactory, UserFactory
from tests.look.browser import faults, sticks_out
from tests.look.conftest import chromium  # noqa: F401 - a fixture
from tests.privacy.test_retention import parcel, with_proof
from tests.recurring.test_pages_in_browser import opened

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.fixture
def paths(settings, tmp_path):
    """Each page with something on it, and the administrator who opens them."""
    settings.MEDIA_ROOT = tmp_path
    now = timezone.now()
    boss = UserFactory(administrator=True, dispatcher=True, name="Nadia Berger")
    ErasureRun.objects.create(
        started_at=now, finished_at=now, counts={"access": 41, "recipients": 3, "mails": 118}
    )
    Export.objects.create(kind="cooperative", user=boss, requested_at=now - timedelta(hours=1))
    leaving = MembershipFactory(user__name="Léa Morel", staff=True).user
    TaskFactory(done=True, tour=TourFactory(courier=CourierFactory(user=leaving)), position=0)
    for days, colours in ((3, ("teal", "sienna")), (12, ("olive",)), (40, ())):
        task = parcel(days)
        for colour in colours:
            with_proof(task, picture(colour))
    Order.objects.update(placed_by=leaving)
    rider = CourierFactory(user__name="Ana Silva")
    TaskFactory(tour=TourFactory(courier=rider), position=0, status=Task.Status.TODO)
    return boss, {
        "register": reverse("privacy:register"),
        "recipients": reverse("privacy:recipients") + "?words=Odile+Martin",
        "none": reverse("privacy:recipients") + "?words=Nobody",
        "mine": reverse("privacy:mine"),
        "erase": reverse("privacy:person-erase", args=[leaving.pk]),
        "not-yet": reverse("privacy:person-erase", args=[rider.user_id]),
    }


def picture(colour):
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("width", "language", "scheme"),
    [(360, "en", "light"), (360, "fr", "dark"), (1280, "fr", "light"), (1280, "en", "dark")],
)
def test_the_pages_fit_and_are_accessible(
    chromium,  # noqa: F811 - the fixture
    paths,
    client_for,
    width,
    language,
    scheme,
):
    boss, addresses = paths
    boss.language = language
    boss.save()
    browser = client_for(boss)
    with translation.override(language):
        for name, path in addresses.items():
            page = opened(chromium, browser, path, width, language, scheme)
            assert sticks_out(page) <= 0, name
            if SHOTS:
                page.screenshot(
                    path=f"{SHOTS}/privacy-{name}-{language}-{width}.png", full_page=True
                )
            assert faults(page) == [], name
            page.context.close()
