"""32: what somebody types is never markup: in pages, mails, papers, calendars and data of scripts."""

import io
import re
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address, Business, Invitation, User
from coopcycle import outbox, pdf
from dispatch.models import Courier, Delivery, Incident, Task, TaskEvent, Vehicle
from orders.models import Order, OrderLine, OrderPart, Product
from privacy.exports import services
from recurring.feeds.services import open_feed
from recurring.generation import generate
from recurring.models import StandingOrder
from tests.factories import CourierFactory, TourFactory, UserFactory
from tests.recurring.conftest import NOW, make_kitchen

pytestmark = pytest.mark.django_db

MARK = "zq7"
PAYLOAD = f"\"'><b {MARK}>&\u2028{{{{7*7}}}}</script>"
RAW = re.compile(rf"<b {MARK}>")


@pytest.fixture
def everywhere(alpha):
    """A working day in which every text that somebody may type is the payload."""
    kitchen = make_kitchen()
    boss = UserFactory(administrator=True, dispatcher=True)
    courier = CourierFactory(user=UserFactory(courier=True))
    standing = kitchen.standing_order()
    generate(alpha, at=NOW)
    day = Task.objects.order_by("day").first().day
    tour = TourFactory(courier=courier, day=day)
    for position, task in enumerate(Task.objects.filter(day=day).order_by("pk")):
        Task.objects.filter(pk=task.pk).update(tour=tour, position=position)
    task = Task.objects.filter(day=day).first()
    event = TaskEvent.objects.create(task=task, kind="failed", recorded_at=NOW)
    Incident.objects.create(task=task, event=event, reason="other", note=PAYLOAD, created_at=NOW)
    Task.objects.update(
        place=PAYLOAD, contact=PAYLOAD, phone=PAYLOAD[:30], load=PAYLOAD, instructions=PAYLOAD
    )
    Address.objects.update(name=PAYLOAD, street=PAYLOAD, city=PAYLOAD, instructions=PAYLOAD)
    Delivery.objects.update(recipient_name=PAYLOAD)
    Order.objects.update(note=PAYLOAD)
    OrderPart.objects.update(note=PAYLOAD, reason=PAYLOAD)
    OrderLine.objects.update(name=PAYLOAD, note=PAYLOAD)
    StandingOrder.objects.update(name=PAYLOAD)
    for model in (Business, Product, User, Vehicle):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(name=f"{row.pk}{PAYLOAD}")
    Product.objects.update(note=PAYLOAD)
    return kitchen, boss, Courier.objects.get(pk=courier.pk), standing, task, day


def test_32_pages_show_it_as_text(everywhere, client_for):
    kitchen, boss, courier, standing, task, day = everywhere
    order = Order.objects.get(delivery=task.delivery_id)
    on_day = f"?day={day:%Y-%m-%d}"
    pages = {
        boss: [
            reverse("board:day") + on_day,
            reverse("board:task-detail", args=[task.pk]),
            reverse("board:courier-list"),
            reverse("accounts:person-list"),
            reverse("accounts:person-edit", args=[kitchen.odile.pk]),
            reverse("accounts:business-list"),
            reverse("accounts:business-detail", args=[kitchen.restaurant.pk]),
            reverse("ordering:order-list"),
            reverse("ordering:order-detail", args=[order.pk]),
            reverse("recurring:rule-list"),
            reverse("recurring:rule-detail", args=[standing.pk]),
            reverse("recurring:generation"),
            reverse("privacy:person-erase", args=[kitchen.odile.pk]),
        ],
        courier.user: [
            reverse("rider:day") + on_day,
            reverse("rider:task", args=[task.pk]),
            reverse("accounts:me"),
            reverse("privacy:mine"),
        ],
        kitchen.odile: [
            reverse("ordering:home"),
            reverse("ordering:order-create"),
            reverse("catalog:producer-list"),
            reverse("feeds:feed-list", args=[kitchen.restaurant.pk]),
        ],
        None: [reverse("tracking:delivery", args=[task.delivery.tracking_token])],
    }
    for person, addresses in pages.items():
        browser = client_for(User.objects.get(pk=person.pk) if person else None)
        for address in addresses:
            answer = browser.get(address)
            assert answer.status_code in (200, 404), address
            assert not RAW.search(answer.text), address
            assert "49</script>" not in answer.text, address  # nor is it a template
    shown = client_for(boss).get(pages[boss][0]).text
    assert f"&lt;b {MARK}&gt;" in shown


def test_32_mails_and_calendars_hold_it_as_text(everywhere, client_for, alpha):
    kitchen, _boss, _courier, _standing, _task, _day = everywhere
    with transaction.atomic():
        generate(alpha, at=NOW + timedelta(days=1))
    while outbox.send_due(at=timezone.now() + timedelta(days=1)):
        pass
    for message in mail.outbox:
        assert message.content_subtype == "plain"
        assert not message.alternatives
        assert "\n" not in message.subject
    _feed, secret = open_feed(
        business=kitchen.restaurant,
        content="receives",
        name=PAYLOAD,
        actor=kitchen.odile,
        at=NOW,
        action_id=uuid.uuid4(),
    )
    calendar = client_for().get(reverse("feeds:calendar", args=[secret]))
    assert calendar.status_code == 200
    assert calendar["Content-Type"].startswith("text/calendar")
    assert calendar["X-Content-Type-Options"] == "nosniff"


def test_32_papers_hold_it_as_text(everywhere, client_for, monkeypatch):
    _kitchen, boss, _courier, _standing, task, _day = everywhere
    drawn = []
    monkeypatch.setattr(pdf, "draw_pdf", drawn.append)
    monkeypatch.setattr(
        "orders.ordering.documents.draw_pdf", lambda html: drawn.append(html) or b""
    )
    order = Order.objects.get(delivery=task.delivery_id)

    client_for(boss).get(reverse("ordering:delivery-note", args=[order.pk]))

    [html] = drawn
    assert f"&lt;b {MARK}&gt;" in html
    assert not RAW.search(html)


def test_32_an_invitation_and_an_export_hold_it_as_text(everywhere):
    _kitchen, boss, _courier, _standing, _task, _day = everywhere
    invitation = Invitation(email="a@example.org", name=PAYLOAD)
    page = render_to_string(
        "accounts/_invitation.html", {"invitation": invitation, "is_open": True}
    )
    assert not RAW.search(page)
    export = services.request_export(
        kind="person", user=User.objects.get(pk=boss.pk), at=NOW, action_id=uuid.uuid4()
    )
    services.make_export("k", {"export": export.pk})
    export.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(export.file.read())) as archive:
        assert sorted(archive.namelist()) == ["README.txt", "data.json"]
