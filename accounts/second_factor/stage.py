"""The step between the password and being signed in, whichever way the password was given.

Until it is taken there is no signed-in session: to every page, interface and live channel the
person is nobody. allauth keeps who is half way in; sign-in, invitation and reset all pass here.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.second_factor.sessions import mark_verified

KEY = "second_factor"


class SecondFactorStage(LoginStage):  # type: ignore[misc]
    key = KEY
    urlname = "second-step:code"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Ask for the factor; let those through who have none and need none."""
        person: User = self.login.user
        if not (person.has_second_factor or person.needs_second_factor):
            return None, True
        self.state["hash"] = person.get_session_auth_hash()
        where = "code" if person.has_second_factor else "set-up"
        return redirect(f"second-step:{where}"), True

    @property
    def person(self) -> User:
        """Who has given the password."""
        return self.login.user  # type: ignore[no-any-return]

    def is_still_good(self) -> bool:
        """A new password, a changed factor or a closed account ends what was half way in, too."""
        given = self.state.get("hash", "")
        return self.person.is_active and constant_time_compare(
            given, self.person.get_session_auth_hash()
        )

    def let_in(self, request: HttpRequest) -> HttpResponse:
        """The factor was shown: sign in, and go where the person wanted to go."""
        person = self.person
        person.refresh_from_db()  # setting up the factor has changed what the session is bound to
        response: HttpResponse = self.exit()
        if request.user == person:
            mark_verified(request.session, timezone.now())
        return response


def answer_after(entry: HttpResponse, answer: HttpResponse) -> HttpResponse:
    """`answer` in the place of the redirect that signing in gave, with the cookies that it set."""
    answer.cookies.update(entry.cookies)
    return answer


type StageView = Callable[..., HttpResponse]


def half_way_in(view: StageView) -> StageView:
    """Views for someone who has given the password; they get the stage. Others begin at sign-in."""

    @login_stage_required(stage=KEY, redirect_urlname="account_login")  # type: ignore[untyped-decorator]
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        stage: SecondFactorStage = request._login_stage  # type: ignore[attr-defined]  # allauth's
        if not stage.is_still_good():
            return stage.abort()  # type: ignore[no-any-return]
        return view(request, stage, *args, **kwargs)

    return guarded  # type: ignore[no-any-return]
