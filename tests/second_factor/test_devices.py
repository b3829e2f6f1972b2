"""Apps, backup codes and what a change of them does."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.limits import TooManyTriesError
from accounts.models import Session, User
from accounts.second_factor import demo, qr, selectors, services, tries
from accounts.second_factor.models import (
    AuthenticatorApp,
    BackupCode,
    BackupCodes,
    FactorReset,
    split_backup_code,
)
from accounts.sessions.store import hash_of
from coopcycle.errors import DomainError
from coopcycle.models import OutboxMessage
from tests.factories import PASSWORD, UserFactory
from tests.sign_in import app_of, give_app

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HALF_MINUTE = timedelta(seconds=30)
SITE = "Alpha"


def set_up(user, at=NOW):
    """As a person does it."""
    app = begin(user, at)
    assert confirm(app, app.code(at), at)
    return app_of(user)


def begin(user, at=NOW, begun=None):
    return services.begin_app(user=user, at=at, begun=begun)


def confirm(app, code, at=NOW, **more):
    """In the session that had begun it."""
    return services.confirm_app(
        user=app.user, code=code, at=at, begun=app.pk, site_name=SITE, **more
    )


def takes(user, code, at=NOW):
    return tries.take_code(user=user, code=code, at=at, site_name=SITE)


def told(template):
    return OutboxMessage.objects.filter(payload__template=template)


# --- the app -------------------------------------------------------------------------------------
def test_the_code_is_that_of_the_standard():
    app = AuthenticatorApp()
    app.secret = b"12345678901234567890"  # RFC 6238, appendix B, its last six figures

    assert app.code(datetime.fromtimestamp(59, UTC)) == "287082"
    assert app.code(datetime.fromtimestamp(1111111109, UTC)) == "081804"


def test_an_app_counts_once_it_has_shown_its_first_code():
    user = UserFactory()
    app = begin(user)

    assert not confirm(app, "000000")
    assert selectors.ways_of(user).app is None
    assert confirm(app, app.code(NOW))
    assert selectors.ways_of(user).app.pk == app.pk
    user.refresh_from_db()
    assert user.has_second_factor


def test_a_page_loaded_again_shows_the_same_secret_for_an_hour():
    user = UserFactory()
    first = begin(user)

    assert begin(user, NOW + timedelta(minutes=59), first.pk).secret == first.secret
    assert begin(user, NOW + timedelta(hours=2), first.pk).secret != first.secret


def test_another_session_gets_a_secret_of_its_own_and_the_earlier_one_opens_nothing():
    """Whoever has learnt the password reads no secret that the owner then confirms."""
    user = UserFactory()
    thief = begin(user)
    owner = begin(user)

    assert owner.secret != thief.secret
    assert not confirm(thief, thief.code(NOW))
    assert not services.confirm_app(
        user=user, code=owner.code(NOW), at=NOW, begun=None, site_name=SITE
    )
    assert confirm(owner, owner.code(NOW))
    assert app_of(user).secret == owner.secret


@pytest.mark.parametrize("page", ["security:app-set-up", "second-step:set-up"])
def test_two_browsers_that_set_up_an_app_see_two_secrets_and_each_its_own_again(client_for, page):
    user = UserFactory(administrator=page == "second-step:set-up")
    thief, owner = (browser_before(page, user, client_for) for _ in range(2))
    read, shown = (browser.get(reverse(page)).context["app"] for browser in (thief, owner))

    def answer(browser, app) -> int:
        code = app.code(timezone.now())
        return browser.post(reverse(page), {"code": code}).status_code

    assert shown.secret != read.secret
    assert owner.get(reverse(page)).context["app"].secret == shown.secret
    assert answer(thief, read) == 422  # and the answer has begun another one, in the owner's place
    assert answer(owner, shown) == 422
    shown = owner.get(reverse(page)).context["app"]
    assert answer(owner, shown) == 200  # the backup codes
    assert app_of(user).secret == shown.secret


def browser_before(page, user, client_for):
    """One that may open the page: signed in, or with the password given and no factor yet."""
    if page == "security:app-set-up":
        return client_for(user)
    browser = client_for()
    browser.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    return browser


def test_a_code_works_half_a_minute_early_and_late_and_no_longer():
    user = UserFactory()
    app = set_up(user, NOW - timedelta(days=1))

    assert takes(user, app.code(NOW - HALF_MINUTE))
    assert takes(user, app.code(NOW))
    assert takes(user, app.code(NOW + HALF_MINUTE))
    assert not takes(user, app.code(NOW + 2 * HALF_MINUTE))


def test_an_earlier_code_than_the_one_used_is_refused_too():
    user = UserFactory()
    app = set_up(user, NOW - timedelta(days=1))

    assert takes(user, app.code(NOW))
    assert not takes(user, app.code(NOW - HALF_MINUTE))


def test_the_code_that_set_the_app_up_opens_nothing_again():
    user = UserFactory()
    app = set_up(user)

    assert not takes(user, app.code(NOW))


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "١٢٣٤٥٦", "-12345", "abcdef", "１２３４５６"]
)
def test_what_is_no_code_opens_nothing(code):
    user = UserFactory()
    set_up(user)

    assert not takes(user, code)


def test_another_phone_takes_the_place_of_the_first():
    user = UserFactory()
    old = set_up(user)
    new = set_up(user, NOW + timedelta(hours=2))
    later = NOW + timedelta(hours=3)

    assert old.secret != new.secret
    assert not takes(user, old.code(later), later)
    assert takes(user, new.code(later), later)


def test_a_person_has_one_app():
    user = UserFactory()
    set_up(user)

    with pytest.raises(IntegrityError), transaction.atomic():
        AuthenticatorApp.objects.create(
            user=user, name="app", secret_in_letters="AAAA", created_at=NOW
        )


def test_the_secret_stands_in_the_database_as_ciphertext_only():
    user = UserFactory()
    app = set_up(user)

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_in_letters FROM second_factor_authenticatorapp")
        kept = cursor.fetchone()[0]
    assert kept.startswith("k1.")
    assert app.secret_in_letters not in kept


def test_the_picture_holds_what_apps_read_and_no_style_or_script():
    user = UserFactory(email="ines@example.org")
    app = begin(user)

    address = qr.address_of(app, email=user.email, site_name="Vélos: & Co")
    picture = qr.draw(address, 'a "label"')

    plain = app.secret_in_letters
    assert address == (
        f"otpauth://totp/V%C3%A9los%20%20%26%20Co:ines%40example.org?secret={plain}"
        "&issuer=V%C3%A9los%20%20%26%20Co"
    )
    assert re.fullmatch(r"[A-Z2-7]{32}", plain)
    assert 'aria-label="a &quot;label&quot;"' in picture
    assert not re.search(r"style|script|xlink|http", picture)


# --- backup codes ----------------------------------------------------------------------------------
def test_each_backup_code_opens_once_however_it_is_typed():
    user = UserFactory()
    set_up(user)
    codes = services.make_backup_codes(user=user, at=NOW)

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([2-9a-z]{4}-){2}[2-9a-z]{4}", code) for code in codes)
    assert takes(user, codes[0])
    assert not takes(user, codes[0])
    assert takes(user, codes[1].upper().replace("-", " "))
    assert selectors.ways_of(user).backup_codes_left == 8


def test_backup_codes_are_kept_as_slow_hashes_alone(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = UserFactory()
    set_up(user)
    code = services.make_backup_codes(user=user, at=NOW)[3]
    mark, secret = split_backup_code(code)

    row = BackupCode.objects.get(mark=mark)
    assert row.secret_hash.startswith("argon2")
    assert secret not in row.secret_hash
    assert takes(user, code)


def test_new_backup_codes_end_the_earlier_ones():
    user = UserFactory()
    set_up(user)
    old = services.make_backup_codes(user=user, at=NOW)
    services.make_backup_codes(user=user, at=NOW)

    assert not takes(user, old[0])
    assert BackupCode.objects.count() == 10


def test_backup_codes_stand_in_for_a_factor_and_are_none():
    with pytest.raises(DomainError):
        services.make_backup_codes(user=UserFactory(), at=NOW)


# --- wrong codes -----------------------------------------------------------------------------------
def test_wrong_codes_of_all_kinds_are_counted_together_and_come_to_an_end():
    user = UserFactory()
    app = set_up(user)
    backup = services.make_backup_codes(user=user, at=NOW)
    for number in range(10):
        assert not takes(user, "000000" if number % 2 else "aaaa-aaaa-aaaa")

    later = NOW + HALF_MINUTE
    for right in (app.code(later), backup[0]):
        with pytest.raises(TooManyTriesError):
            takes(user, right, later)


def test_whoever_is_tried_hears_of_it_once():
    user = UserFactory()
    set_up(user)
    for _ in range(10):
        takes(user, "000000")
    for _ in range(3):
        with pytest.raises(TooManyTriesError):
            takes(user, "000000")

    assert told("second_factor_tried").count() == 1


# --- changes ---------------------------------------------------------------------------------------
def test_every_change_is_told_by_mail():
    user = UserFactory(name="Inès Belkacem")
    set_up(user)
    services.remove_app(user=user, site_name=SITE)

    assert [m.payload["context"]["what"] for m in told("second_factor_changed").order_by("pk")] == [
        "added_app",
        "removed_app",
    ]
    user.refresh_from_db()
    assert not user.has_second_factor


def test_every_change_takes_the_other_sessions_off_the_list(client_for):
    user = UserFactory()
    here, _elsewhere = client_for(user), client_for(user)
    app = begin(user)
    key = here.session.session_key

    assert confirm(app, app.code(NOW), keep_session=key)

    assert Session.objects.get(user=user).pk == hash_of(key)
    services.remove_app(user=user, site_name=SITE)
    assert not Session.objects.exists()


def test_the_session_that_changes_something_goes_on_and_no_other(client_for):
    user = give_app(UserFactory())
    here, elsewhere = client_for(user), client_for(user)

    here.post(reverse("security:app-remove"))

    assert here.get(reverse("sessions:list")).status_code == 200
    assert elsewhere.get(reverse("sessions:list")).status_code == 302
    assert Session.objects.filter(user=user).count() == 1


def test_without_a_factor_there_are_no_backup_codes():
    user = UserFactory()
    set_up(user)
    services.make_backup_codes(user=user, at=NOW)
    services.remove_app(user=user, site_name=SITE)

    assert not BackupCodes.objects.exists()


def test_whose_role_asks_for_a_factor_keeps_one():
    user = UserFactory(dispatcher=True)
    set_up(user)

    with pytest.raises(DomainError, match="Set up another one first"):
        services.remove_app(user=user, site_name=SITE)
    assert selectors.ways_of(user).app


# --- a lost device -----------------------------------------------------------------------------------
def reset(person, actor, reason="Phone fell into the Isère"):
    return services.reset_factor(
        person_id=person.pk,
        actor=actor,
        actor_name=actor.name,
        reason=reason,
        at=NOW,
        site_name=SITE,
    )


def test_a_reset_ends_everything_and_is_kept_with_its_reason(client_for):
    person, actor = give_app(UserFactory(administrator=True)), UserFactory(administrator=True)
    client_for(person)
    services.make_backup_codes(user=person, at=NOW)
    ended = person.sessions_ended

    reset(person, actor)

    person.refresh_from_db()
    assert (person.has_second_factor, person.sessions_ended) == (False, ended + 1)
    assert not AuthenticatorApp.objects.exists()
    assert not BackupCodes.objects.exists()
    assert not Session.objects.exists()
    kept = FactorReset.objects.get()
    assert (kept.user, kept.by, kept.by_name) == (person, actor, actor.name)
    mail = told("second_factor_reset").get().payload
    assert (mail["to"], mail["context"]["reason"]) == (person.email, "Phone fell into the Isère")


def test_nobody_resets_their_own():
    person = give_app(UserFactory(administrator=True))

    with pytest.raises(DomainError):
        reset(person, person)


def test_where_there_is_none_nothing_is_reset():
    with pytest.raises(DomainError):
        reset(UserFactory(), UserFactory(administrator=True))
    assert not FactorReset.objects.exists()


def test_a_reset_has_a_reason():
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.create(user=UserFactory(), by_name="x", reason="", at=NOW)


def test_the_federation_helps_only_where_nobody_else_can():
    alone = UserFactory(administrator=True)
    services.refuse_unless_alone(alone)

    UserFactory(administrator=True)
    with pytest.raises(DomainError):
        services.refuse_unless_alone(alone)


# --- the demo ----------------------------------------------------------------------------------------
def test_the_demos_code_opens_and_is_the_next_one_after_it_was_used(settings):
    settings.DEMO = True
    user = give_app(UserFactory())

    first = demo.code_to_show(user, NOW)
    assert takes(user, first)
    second = demo.code_to_show(user, NOW)
    assert takes(user, second)
    assert demo.code_to_show(user, NOW) is None
    assert first != second


def test_outside_of_the_demo_no_code_is_shown(settings):
    settings.DEMO = False
    assert demo.code_to_show(give_app(UserFactory()), NOW) is None


def test_a_secret_that_a_person_has_set_up_is_shown_nowhere(settings):
    settings.DEMO = True
    user = UserFactory()
    set_up(user)

    assert demo.code_to_show(user, timezone.now()) is None


def test_users_without_a_factor_have_no_code(settings):
    settings.DEMO = True
    assert demo.code_to_show(User.objects.create_user("x@example.org", name="X"), NOW) is None
