"""The first person of a new installation comes in by a command."""

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from tenants.context import in_federation

pytestmark = pytest.mark.django_db
EMAIL = "solene@federation.example"
PASSWORD = "cargo-bike-in-the-rain"


def add(monkeypatch, *, password=PASSWORD, email=EMAIL):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    out = io.StringIO()
    call_command("add_federation_staff", email, "Solène Kervadec", stdout=out)
    return out.getvalue()


def test_they_sign_in_at_the_federations_host(monkeypatch, federation_client):
    said = add(monkeypatch, email="Solene@Federation.example")

    assert said.startswith("Solène Kervadec signs in at http://localhost")
    answer = federation_client.post("/sign-in/", {"login": EMAIL, "password": PASSWORD})
    assert answer["Location"] == "/sign-in/second-step/set-up/"
    app = federation_client.get(answer["Location"]).context["app"]
    federation_client.post(answer["Location"], {"code": app.code(timezone.now())})
    assert federation_client.get("/open-a-co-op/").status_code == 200


def test_they_belong_to_the_federation_and_to_no_coop(monkeypatch):
    add(monkeypatch)

    assert not User.objects.filter(email=EMAIL).exists()
    with in_federation():
        person = User.objects.get(email=EMAIL)
    assert person.is_federation_staff
    assert person.language in dict(settings.LANGUAGES)


def test_the_same_address_twice_is_refused(monkeypatch):
    add(monkeypatch)

    with pytest.raises(CommandError, match=r"solene@federation\.example is there already"):
        add(monkeypatch)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"email": "nobody"}, "Write a whole address"),
    ],
)
def test_a_weak_password_or_a_wrong_address_is_refused(monkeypatch, given, sentence):
    with pytest.raises(CommandError, match=sentence):
        add(monkeypatch, **given)

    with in_federation():
        assert not User.objects.exists()
