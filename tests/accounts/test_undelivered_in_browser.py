"""The page of what could not be sent: it fits, and axe objects to nothing."""

import os

import pytest
from django.db import transaction
from django.urls import reverse

from coopcycle.mail import put_mail
from coopcycle.models import OutboxMessage
from tests.factories import UserFactory
from tests.look.browser import answer_with, faults, sticks_out
from tests.look.conftest import chromium  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
SHOTS = os.environ.get("LOOK_SHOTS")


@pytest.mark.parametrize(("scheme", "language"), [("light", "fr"), ("dark", "en")])
@pytest.mark.parametrize("number", [0, 3])
def test_it_fits_and_can_be_read(chromium, client_for, scheme, language, number):  # noqa: F811
    with transaction.atomic():
        for each in range(number):
            address = f"somebody.with.a.long.address{each}@restaurant-example.org"
            put_mail(f"k{each}", to=address, template="invitation", language="en")
    OutboxMessage.objects.update(
        state="dead",
        attempts=12,
        last_error="SMTPRecipientsRefused: {'x@example.org': (550, b'5.1.1 mailbox unavailable')}",
    )
    administrator = UserFactory(is_administrator=True, language=language)
    page = chromium.new_context(color_scheme=scheme, locale=language).new_page()
    page.route("**/*", answer_with(client_for(administrator)))
    page.goto(f"http://alpha.localhost{reverse('accounts:undelivered-list')}")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert sticks_out(page) <= 0, f"wider than {width} px"
        if SHOTS:
            path = f"{SHOTS}/not-sent-{number}-{language}-{scheme}-{width}.png"
            page.screenshot(path=path, full_page=True)
        assert faults(page) == []
    page.context.close()
