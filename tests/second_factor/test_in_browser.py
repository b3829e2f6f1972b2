"""The second step in Chromium: it fits a phone and a desk, axe finds nothing, a passkey opens."""

import os
import re

import pytest
from playwright.sync_api import expect

from accounts.second_factor import selectors, services
from tenants.context import in_federation
from tests.factories import PASSWORD, UserFactory
from tests.look.browser import answer_with, faults, sticks_out, visit
from tests.sign_in import code_for, enter, give_app, grow_stale

SHOTS = os.environ.get("LOOK_SHOTS")
HOST = "http://alpha.localhost"
pytestmark = pytest.mark.django_db


@pytest.fixture
def open_page(chromium):
    """Opens a window on the pages that a client answers. What the console says in it is an error."""
    contexts, said = [], []

    def opened(client, *, language="en", scheme="light", width=1280):
        context = chromium.new_context(
            locale=language, color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.route("**/*", answer_with(client))
        return page

    yield opened
    for context in contexts:
        context.close()
    expected = ("/live/", "status of 422", "status of 403")
    assert [line for line in said if not any(word in line for word in expected)] == []


@pytest.fixture
def with_authenticator():
    """Gives a window a device that makes and shows passkeys, as a phone or computer does."""

    def given(page):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        made = session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        return session, made["authenticatorId"]

    return given


# --- how it looks ------------------------------------------------------------------------------------
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_the_pages_fit_and_are_accessible(
    client_for, federation_client, open_page, width, language, scheme, settings
):
    settings.DEMO = True
    dress = {"language": language, "scheme": scheme, "width": width}

    def look(page, name):
        page.locator("html[data-modules=started]").wait_for(state="attached")
        if SHOTS:
            picture = f"{SHOTS}/{name}-{language}-{width}.png"
            page.screenshot(path=picture, full_page=True)
        assert sticks_out(page) <= 0, name
        assert faults(page) == [], name

    def half_way_in(user):
        browser = client_for()
        browser.cookies["language"] = language
        browser.post("/sign-in/", {"login": user.email, "password": PASSWORD})
        return open_page(browser, **dress)

    user = give_app(UserFactory(administrator=True, name="Inès Belkacem", language=language))
    services.make_backup_codes(user=user, at=user.joined_at)
    page = half_way_in(user)
    page.goto(f"{HOST}/sign-in/second-step/")
    look(page, "code")
    page.locator("[name=code]").fill("000000")
    page.locator("[name=code]").press("Enter")
    page.locator(".error").wait_for()
    look(page, "code-wrong")
    page.goto(f"{HOST}/sign-in/second-step/?with=backup")
    look(page, "code-backup")

    page = half_way_in(UserFactory(dispatcher=True, language=language))
    page.goto(f"{HOST}/sign-in/second-step/set-up/")
    look(page, "set-up")
    page.locator("[name=code]").fill(secret_code(page))
    page.locator("[name=code]").press("Enter")
    page.locator(".backup-codes").wait_for()
    look(page, "codes-once")

    mine = client_for(user)
    page = open_page(mine, **dress)
    for path in ("me/security", "me/security/app", "me/security/backup-codes", "me/confirm", "me"):
        page.goto(f"{HOST}/{path}/")
        look(page, path.replace("/", "-"))
    other = give_app(UserFactory(administrator=True, name="Malik Haddad"))
    for path in (f"people/{other.pk}/second-step/reset", f"people/{other.pk}"):
        page.goto(f"{HOST}/{path}/")
        look(page, re.sub(r"\d+", "n", path).replace("/", "-"))
    page = open_page(client_for(UserFactory(courier=True, language=language)), **dress)
    page.goto(f"{HOST}/me/security/")
    look(page, "security-without")

    with in_federation():
        staff = give_app(UserFactory(is_federation_staff=True, language=language))
        enter(federation_client, staff)
    page = open_page(federation_client, **dress)
    for path in ("me/security", "co-ops/alpha/second-step/reset"):
        page.goto(f"http://localhost/{path}/")
        look(page, "federation-" + path.replace("/", "-"))


def secret_code(page):
    """What an app shows to which the person has typed the secret."""
    from tests.checklist.test_24_second_factor import code_of

    return code_of(page.locator("#secret").inner_text())


# --- by keyboard -------------------------------------------------------------------------------------
def test_a_code_is_typed_without_touching_the_pointer(client_for, open_page):
    user = give_app(UserFactory(dispatcher=True))
    browser = client_for()
    page = open_page(browser)
    visit(page, f"{HOST}/sign-in/?next=/me/")
    page.keyboard.press("Tab")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(user.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Code from your app").wait_for()
    expect(page.get_by_role("textbox", name="Code from your app")).to_be_focused()
    page.keyboard.type(code_for(user))
    with page.expect_request_finished(lambda request: request.method == "POST"):
        page.keyboard.press("Enter")
    assert browser.session["_auth_user_id"] == str(user.pk)


# --- passkeys ----------------------------------------------------------------------------------------
def test_a_passkey_is_made_and_then_opens(client_for, open_page, with_authenticator):
    user = UserFactory(administrator=True, name="Inès Belkacem")
    browser = client_for()
    page = open_page(browser)
    with_authenticator(page)
    sign_in(page, user)
    page.get_by_role("button", name="Use a passkey of this device instead").click()
    page.wait_for_url("**/me/security/backup-codes/")
    page.get_by_role("button", name="Show me ten new codes").click()
    expect(page.locator(".backup-codes li")).to_have_count(10)
    user.refresh_from_db()
    assert user.has_second_factor
    passkey = selectors.ways_of(user).passkeys[0]
    assert passkey.name == "Passkey of a device with Linux"

    browser.post("/sign-in/out/")
    sign_in(page, user)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/me/")

    passkey.refresh_from_db()
    assert passkey.last_used_at is not None


def test_a_passkey_also_answers_when_asked_again(client_for, open_page, with_authenticator):
    user = UserFactory(administrator=True)
    browser = client_for(user)
    page = open_page(browser)
    with_authenticator(page)
    visit(page, f"{HOST}/me/security/")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/backup-codes/")
    grow_stale(browser)

    visit(page, f"{HOST}/me/confirm/?next=/me/security/app/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/me/security/app/")


def test_a_stale_session_is_asked_before_a_passkey_is_made(
    client_for, open_page, with_authenticator
):
    browser = client_for(UserFactory())
    page = open_page(browser)
    with_authenticator(page)
    visit(page, f"{HOST}/me/security/")
    grow_stale(browser)

    page.get_by_role("button", name="Add a passkey").click()

    page.wait_for_url(re.compile("/me/confirm/"))


def test_a_passkey_of_one_co_op_is_none_at_another(
    client_for, open_page, with_authenticator, beta, in_coop
):
    here = client_for(UserFactory(administrator=True))
    page = open_page(here)
    session, authenticator = with_authenticator(page)
    visit(page, f"{HOST}/me/security/")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/backup-codes/")
    kept = session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})

    assert [one["rpId"] for one in kept["credentials"]] == ["alpha.localhost"]


def test_whoever_refuses_the_device_is_told_so_and_not_let_in(
    client_for, open_page, with_authenticator
):
    user = UserFactory(administrator=True)
    browser = client_for(user)
    page = open_page(browser)
    session, authenticator = with_authenticator(page)
    visit(page, f"{HOST}/me/security/")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/backup-codes/")
    session.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    browser.post("/sign-in/out/")

    sign_in(page, user)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("status").filter(has_text="Nothing was done")).to_be_visible()
    assert "_auth_user_id" not in browser.session


def sign_in(page, user):
    visit(page, f"{HOST}/sign-in/?next=/me/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/second-step/**")
    page.locator("html[data-modules=started]").wait_for(state="attached")
