import pytest
from django.core import mail
from django.db import transaction
from django.test import override_settings

from coopcycle import mail as coop_mail
from coopcycle import outbox
from coopcycle.models import OutboxMessage
from tests.kernel.test_outbox import NOW

pytestmark = pytest.mark.django_db

TEXT = """{% load i18n %}Subject: {% translate "French" %} {{ name }}

Hello {{ name }}
"""
HTML = "<p>Hello {{ name }}</p>"


@pytest.fixture(autouse=True)
def letters(settings):
    templates = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "mail/hello.txt": TEXT,
                            "mail/hello.html": HTML,
                            "mail/plain.txt": "Subject: Plain\n\nText",
                            "mail/no-subject.txt": "Hello",
                        },
                    )
                ]
            },
        }
    ]
    with override_settings(TEMPLATES=templates):
        yield


def write(template="hello", language="en", key="k1", **context):
    with transaction.atomic():
        coop_mail.put_mail(
            key, to="chef@example.org", template=template, language=language, **context
        )
    outbox.send_due(at=NOW)


def test_a_mail_is_sent_by_the_worker_in_the_persons_language():
    write(language="fr", name="O'Brien & fils")

    [message] = mail.outbox
    assert message.subject == "Français O'Brien & fils"
    assert message.body == "Hello O'Brien & fils\n"
    assert message.to == ["chef@example.org"]
    assert message.alternatives[0].content == "<p>Hello O&#x27;Brien &amp; fils</p>"


def test_a_letter_may_be_text_alone():
    write(template="plain")

    assert mail.outbox[0].alternatives == []


def test_a_link_that_was_mailed_is_in_the_mail_alone():
    write(name="Ana", url="https://alpha.example/invitations/s3cret/")
    write("no-subject", key="k2", url="https://alpha.example/invitations/0ther/")

    sent, waits = OutboxMessage.objects.order_by("pk")
    assert (sent.payload["to"], sent.payload["context"]) == ("chef@example.org", {"name": "Ana"})
    assert waits.payload["context"]["url"].endswith("/0ther/")  # to be tried again
    OutboxMessage.objects.filter(pk=waits.pk).update(state="dead")
    assert outbox.drop(waits.pk)
    waits.refresh_from_db()
    assert (waits.state, waits.payload["context"]) == ("dropped", {})


def test_the_same_key_gives_the_same_message_id():
    ids = [coop_mail.message_id(key) for key in ("k1", "k1", "k2")]

    assert ids[0] == ids[1] != ids[2]
    write(template="plain", key="k1")
    assert mail.outbox[0].extra_headers["Message-ID"] == ids[0]


def test_two_coops_never_share_a_message_id(monkeypatch):
    monkeypatch.setattr(coop_mail, "current_schema", lambda: "c_alpha")
    alpha = coop_mail.message_id("k1")
    monkeypatch.setattr(coop_mail, "current_schema", lambda: "c_beta")

    assert coop_mail.message_id("k1") != alpha


@pytest.mark.parametrize("template", ["no-subject", "missing"])
def test_a_broken_letter_is_kept_not_sent(template):
    write(template=template)

    assert mail.outbox == []
    assert outbox.OutboxMessage.objects.get().state == "waiting"


def test_a_name_cannot_add_headers():
    write(name="x\nBcc: everyone@example.org")

    message = mail.outbox[0].message()
    assert message["Bcc"] is None
