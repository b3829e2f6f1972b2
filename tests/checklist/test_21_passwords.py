"""21: a password that others would try early is refused; long ones and any signs are welcome."""

import pytest
from django.conf import settings as project
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.passwords import LONGEST
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def is_taken(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "password",
    [
        "elevensigns",
        "michaeljackson",  # common as it stands
        "password1234",
        "Password2026!!",
        "passwordpassword",
        "P@ssw0rd123456",
        "123456789012",
        "98765432109876",
        "01012001010120",
        "qwertyuiop[]12",
        "azertyuiopazer",
        "abcdefghijklmn",
        "aaaaaaaaaaaaaa",
        "abababababababab",
        "iloveyou2026!!",
        "footballfootball",
        "dragon--------",
        "            ",
    ],
)
def test_21_what_is_tried_first_is_refused(password):
    assert not is_taken(password)


@pytest.mark.parametrize(
    "password", ["OdileMorel2026!", "odile.morel@example.org", "coopcycle-2026", "Alpha-Grenoble-1"]
)
def test_21_names_of_the_person_and_the_co_op_are_no_password(password):
    assert not is_taken(password, UserFactory(name="Odile Morel", email="odile.morel@example.org"))


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "a basket of ripe pears",
        "sixtomatoesforclaire",
        "correct horse battery staple",
        "trois vélos sous la pluie",
        "自転車で野菜を運ぶ毎日の仕事",
        "kX7#vq-2Lw!mZ0",
        "88213907416650",
        "Odile rides to the market at dawn",
        "x9" + "long " * 50,
    ],
)
def test_21_everything_else_is_taken_whatever_it_is_made_of(password):
    assert is_taken(password, UserFactory(name="Odile Morel"))


@pytest.mark.parametrize("length", [64, 100, LONGEST])
def test_21_a_long_password_that_was_pasted_works_to_its_last_sign(client_for, length):
    user = UserFactory()
    new = ("seventeen green bicycles cross the old bridge at noon, and " * 5)[: length - 1] + "!"

    page = client_for(user).get(reverse("account_change_password")).text
    client_for(user).post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert "maxlength" not in page  # a browser would cut it without a word
    user.refresh_from_db()
    assert user.check_password(new)
    assert not user.check_password(new[:-1])
    browser = client_for()
    assert sign_in(browser, user, new).status_code == 302


def sign_in(browser, user, password):
    return browser.post(reverse("account_login"), {"login": user.email, "password": password})


def test_21_a_password_too_long_to_be_one_is_refused_before_it_is_hashed(client_for, monkeypatch):
    user = UserFactory()
    hashed = []
    monkeypatch.setattr(
        "accounts.models.User.check_password", lambda _user, raw: hashed.append(raw) or False
    )

    answer = sign_in(client_for(), user, "x" * (LONGEST + 1))

    assert (answer.status_code, hashed) == (422, [])
    assert not is_taken("seven bikes " * 30)


def test_21_blanks_at_the_ends_belong_to_it(client_for):
    user = UserFactory()
    new = " a basket of ripe pears "
    client_for(user).post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert sign_in(client_for(), user, new.strip()).status_code == 422
    assert sign_in(client_for(), user, new).status_code == 302


def test_21_passwords_are_kept_by_argon2():
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from coopcycle import settings as written

    assert written.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    assert Argon2PasswordHasher().encode("x", "saltsalt").startswith("argon2$argon2id$")


def test_21_nothing_asks_the_network():
    names = [each["NAME"] for each in project.AUTH_PASSWORD_VALIDATORS]

    assert [name for name in names if not name.startswith(("django.contrib", "accounts."))] == []
