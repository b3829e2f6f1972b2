"""Language and theme are choices of a person, kept in cookies."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_theme_is_on_the_page_from_its_first_byte(client):
    client.post("/preferences/", {"theme": "dark", "next": "/sign-in/"})

    assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()


def test_going_back_to_the_device_forgets_the_theme(client):
    client.post("/preferences/", {"theme": "dark"})
    client.post("/preferences/", {"theme": ""})

    assert "data-theme" not in client.get("/sign-in/").content.decode()


def test_a_language_stays_for_the_next_page(client):
    client.post("/preferences/", {"language": "fr"})

    assert '<html lang="fr"' in client.get("/sign-in/").content.decode()


def test_the_language_is_kept_with_the_person(client_for, django_user_model):
    user = django_user_model.objects.create_user("ana@example.org", "a long password", name="Ana")
    client_for(user).post("/preferences/", {"language": "fr"})

    user.refresh_from_db()
    assert user.language == "fr"


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"theme": "purple"}, {}])
def test_an_unknown_choice_changes_nothing(client, wrong):
    response = client.post("/preferences/", wrong)

    assert response.status_code == 302
    assert "purple" not in str(response.cookies)
    assert "language" not in response.cookies


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(client, elsewhere):
    assert client.post("/preferences/", {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_looking_is_not_choosing(client):
    assert client.get("/preferences/").status_code == 405


def test_a_form_from_elsewhere_is_refused(alpha):
    strict = Client(enforce_csrf_checks=True, headers={"host": f"{alpha.slug}.localhost"})

    assert strict.post("/preferences/", {"theme": "dark"}).status_code == 403
