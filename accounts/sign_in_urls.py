"""Sign-in by allauth: only the doors that we use."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, re_path

type View = Callable[..., HttpResponseBase]


def saying_so(view: View) -> View:
    """Let a form that came back with errors, and a link that opens nothing, say so in the status."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        form = context.get("form")
        if response.status_code == 200 and context.get("token_fail"):
            response.status_code = 404
        elif response.status_code == 200 and form is not None and form.is_bound and form.errors:
            response.status_code = 422
            if refusal := getattr(form, "refusal", None):
                response.status_code = refusal.status
                response["Retry-After"] = str(refusal.retry_after)
        return response

    return answer


def leaving_nothing(view: View) -> View:
    """Let the browser forget what the person had here: pages, and what waits on the device.

    Cookies stay: they hold language and theme, and that the device is known. The session's is
    deleted by itself.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return answer


urlpatterns = [
    path("", saying_so(views.login), name="account_login"),
    path("out/", leaving_nothing(views.logout), name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path(
        "password/change/",
        saying_so(views.password_change),
        name="account_change_password",
    ),
    path("password/reset/", saying_so(views.password_reset), name="account_reset_password"),
    path("password/reset/sent/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        saying_so(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
