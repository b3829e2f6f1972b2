"""38: a line break in a name, a subject or a file's name starts no new header."""

import io
import re
import uuid

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.invitations import invite
from coopcycle import outbox
from dispatch.models import Proof
from tests.factories import TaskFactory, UserFactory

pytestmark = pytest.mark.django_db

BREAKS = [
    "\r\nBcc: thief@example.org",
    "\nBcc: thief@example.org",
    "\r\n\r\n<html>",
    "\u2028Bcc: x",
]


@pytest.mark.parametrize("words", BREAKS)
def test_38_subjects_and_names_of_mails(words):
    with transaction.atomic():
        invite(
            email="ines@example.org",
            name=f"Ines{words}",
            language="en",
            actor=UserFactory(name=f"Ana{words}"),
            at=timezone.now(),
            link_to=lambda secret: f"https://coop.example/{secret}",
            site_name=f"Coop{words}",
            roles=["is_courier"],
            action_id=uuid.uuid4(),
        )
    outbox.send_due()

    for message in mail.outbox:
        assert message.recipients() == ["ines@example.org"]
        headers = message.message().as_bytes().split(b"\n\n")[0].lower()
        assert b"\nbcc:" not in headers


@pytest.mark.parametrize("words", [BREAKS[1], BREAKS[3], "\r\nContent-Type: text/html"])
def test_38_names_of_files(client_for, settings, tmp_path, words):
    settings.MEDIA_ROOT = tmp_path
    task = TaskFactory(doing=True)
    out = io.BytesIO()
    Image.new("RGB", (4, 3)).save(out, "JPEG")
    browser = client_for(task.tour.courier.user)

    browser.post(
        reverse("rider:action", args=[task.pk]),
        {
            "action": "done",
            "client_id": str(uuid.uuid4()),
            "photo": SimpleUploadedFile(f"door{words}.jpg", out.getvalue(), "image/jpeg"),
        },
    )

    proof = Proof.objects.get()
    assert re.fullmatch(r"proofs/[0-9a-f]{32}\.jpg", proof.photo.name)
    answer = browser.get(reverse("rider:proof-photo", args=[proof.pk]))
    assert answer["Content-Disposition"] == f'inline; filename="proof-{proof.pk}.jpg"'
    assert "Bcc" not in answer.headers


@pytest.mark.parametrize("words", ["%0d%0aSet-Cookie:%20x=1", "%0aX-Injected:%201"])
def test_38_addresses(client_for, words):
    browser = client_for(UserFactory(administrator=True, dispatcher=True))
    for address in ("/sign-in/?next=/{}", "/orders/?q={}", "/dispatch/?day={}", "/{}/"):
        answer = browser.get(address.format(words))
        assert "X-Injected" not in answer.headers
        assert "x" not in answer.cookies
