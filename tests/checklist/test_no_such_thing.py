"""Items 20 and 37: doors that are not there. A test says so, for the day somebody builds one."""

import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.access import RULES
from accounts.invitations import invite
from coopcycle.outbox import send_due
from tests.factories import BusinessFactory, UserFactory

ROOT = Path(__file__).parents[2]
SPELLS = "{{ 7|add:7 }} {% now 'Y' %} {{ settings.SECRET_KEY }} {7*7} %(name)s ${7*7}"


def test_20_nobody_works_in_anothers_name():
    """There is no impersonation: no address, no app, no library for it."""
    words = ("impersonat", "hijack", "masquerade", "login-as", "su-")
    names = [*RULES, *settings.INSTALLED_APPS, *settings.MIDDLEWARE]
    assert [name for name in names if any(word in name for word in words)] == []
    for locked in ("base.txt", "dev.txt"):
        text = (ROOT / "requirements" / locked).read_text()
        assert "hijack" not in text
        assert "impersonate" not in text


def test_37_nobody_writes_a_template():
    """Templates are files of ours: none is made from text that a person or the database gives."""
    apps = [each for each in ROOT.iterdir() if (each / "apps.py").exists()]
    sources = [path for app in apps for path in app.rglob("*.py")]
    assert len(sources) > 200
    for path in sources:
        text = path.read_text()
        assert "from_string(" not in text, path
        assert "django.template import Template" not in text, path
        assert "Template(" not in text.replace("getTemplate(", ""), path


@pytest.mark.django_db
def test_37_a_spell_in_a_name_stays_as_it_was_written(client_for, mailoutbox):
    BusinessFactory(name=SPELLS)
    administrator = UserFactory(administrator=True)
    page = client_for(administrator).get(reverse("accounts:business-list")).content.decode()
    assert "{{ 7|add:7 }} {% now &#x27;Y&#x27; %}" in page
    assert settings.SECRET_KEY not in page

    invite(
        email="ana@example.org",
        name=SPELLS,
        language="en",
        roles=["is_courier"],
        actor=administrator,
        at=timezone.now(),
        link_to=lambda secret: f"https://coop.example/{secret}",
        site_name="Alpha",
        action_id=uuid.uuid4(),
    )
    send_due()

    [mail] = mailoutbox
    assert SPELLS in mail.body
    assert settings.SECRET_KEY not in mail.body
