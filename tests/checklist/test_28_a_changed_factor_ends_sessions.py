"""28: whoever changes a second factor ends the person's other sessions with it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory
from tests.sign_in import app_of, code_for, give_app

pytestmark = pytest.mark.django_db
ME = "/me/"


def is_in(browser) -> bool:
    return browser.get(ME).status_code == 200


def test_28_setting_up_an_app_ends_the_others_and_keeps_this_one(client_for):
    user = UserFactory()
    here, elsewhere = client_for(user), client_for(user)
    id_before = here.session.session_key
    app = here.get(reverse("security:app-set-up")).context["app"]

    here.post(reverse("security:app-set-up"), {"code": app.code(timezone.now())})

    assert is_in(here)
    assert here.session.session_key != id_before
    assert not is_in(elsewhere)


def test_28_removing_it_does_so_too(client_for):
    user = give_app(UserFactory())
    here, elsewhere = client_for(user), client_for(user)

    assert here.post(reverse("security:app-remove")).status_code == 302

    assert is_in(here)
    assert not is_in(elsewhere)


def test_28_a_reset_by_an_administrator_ends_all_and_what_was_half_way_in(client_for):
    user, administrator = give_app(UserFactory(administrator=True)), UserFactory(administrator=True)
    theirs, half_way = client_for(user), client_for()
    half_way.post("/sign-in/", {"login": user.email, "password": "seven bikes under one roof"})
    code = code_for(user)

    answer = client_for(administrator).post(
        reverse("security:person-reset", args=[user.pk]), {"reason": "Phone lost, spoke to her"}
    )

    assert answer.status_code == 302
    assert not is_in(theirs)
    assert half_way.post("/sign-in/second-step/", {"code": code})["Location"] == "/sign-in/"


def test_28_a_code_taken_at_sign_in_ends_nothing(client_for):
    user = give_app(UserFactory(dispatcher=True))
    elsewhere, here = client_for(user), client_for()
    here.post("/sign-in/", {"login": user.email, "password": "seven bikes under one roof"})
    here.post("/sign-in/second-step/", {"code": code_for(user)})

    assert app_of(user).last_step > 0
    assert is_in(here)
    assert is_in(elsewhere)
