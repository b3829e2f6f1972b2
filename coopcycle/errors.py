"""Refusals that people can read: rules that say no, and the pages for 400, 403, 404 and 500.

To htmx each is a short message for the toast region (`#toasts`); to a browser, a calm page with
a way back. htmx would otherwise swap a whole error page into whatever asked for it.
"""

import errno
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import DiskFull, UniqueViolation
from psycopg.errors import Error as PsycopgError

from coopcycle.current import request_id
from coopcycle.db.levels import SchemaBehindError


class DomainError(Exception):
    """A rule of the trade said no.

    `message` is a whole sentence in the person's words: what happened and what to do next.
    `status` is 409 for a rule, 422 for input that cannot be used. 429 tells in seconds by
    `retry_after` when it may be tried again.
    """

    retry_after: int | None = None

    def __init__(self, message: str | Promise, *, status: int = 409) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return str(self.message)


class DomainErrorMiddleware:
    """Answer a DomainError with its sentence and status, and a wrong method with a page.

    Without one a browser shows a fault of its own to whoever opens or reloads the address of a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return _wrong_method(request, allowed=response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, IntegrityError) and isinstance(
            exception.__cause__, UniqueViolation
        ):
            # A form that was valid when it was read: a second click, or somebody else, was faster.
            exception = DomainError(
                _("The same was saved a moment ago. Load the page again to see it.")
            )
        return refused(request, exception) if isinstance(exception, DomainError) else None


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """What a rule said, as an answer."""
    heading = _("Wait a moment") if error.retry_after else _("That did not work")
    response = refusal(request, heading, str(error), error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    return response


def refusal(request: HttpRequest, heading: str, message: str, status: int) -> HttpResponse:
    """One sentence for the person: a toast for htmx, else a page with a way back."""
    if wants_fragment(request):
        return _toast(message, status)
    context = {
        "status": status,
        "heading": heading,
        "message": message,
        "back_url": _way_back(request),
        "reference": request_id(),
    }
    return render(request, "errors/page.html", context, status=status)


def _wrong_method(request: HttpRequest, *, allowed: str) -> HttpResponse:
    page = refusal(
        request,
        _("This address can't be opened like this"),
        _("Nothing was changed. Go back and use the button there."),
        405,
    )
    page["Allow"] = allowed
    return page


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a message belongs into the page that is open, because htmx asked from there.

    Not when htmx is going somewhere else: a followed link, or the Back button.
    """
    goes_elsewhere = "HX-History-Restore-Request" in request.headers or (
        request.method == "GET" and "HX-Boosted" in request.headers
    )
    return request.headers.get("HX-Request") == "true" and not goes_elsewhere


def _toast(message: str, status: int) -> HttpResponse:
    """Aims at the toast region whatever target, swap and select the asking element has."""
    return HttpResponse(
        render_to_string("errors/_toast.html", {"message": message}),
        status=status,
        headers={"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML", "HX-Reselect": ".toast"},
    )


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return fault_page(request, TOO_LARGE)
    return refusal(
        request,
        _("This request could not be read"),
        _("Something in the address or the form was not as expected. Go back and try again."),
        400,
    )


def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusal(
        request,
        _("This page is not open to you"),
        _("Your account may not do this. Ask an administrator of your cooperative if it should."),
        403,
    )


def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return refusal(
        request,
        _("Nothing found here"),
        _("The page does not exist, or it is not yours to see."),
        404,
    )


def handler500(request: HttpRequest) -> HttpResponse:
    """No context processor and no base template: whatever broke may be in there.

    The reference is the request's id: it leads to the line in the log, which has the traceback.
    """
    return fault_page(request, _fault(sys.exception()))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in words for whoever waits for the page."""

    status: HTTPStatus
    heading: str | Promise
    message: str | Promise


TOO_LARGE = Fault(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    gettext_lazy("This is too large to be sent"),
    gettext_lazy("Nothing was saved. A photo may have 12 MB; send a smaller one."),
)


def fault_page(request: HttpRequest, fault: Fault) -> HttpResponse:
    """The fault for htmx or a browser, drawn from nothing but itself."""
    reference = request_id()
    if wants_fragment(request):
        sentence = _("%(what)s (reference %(reference)s)")
        message = sentence % {"what": fault.message, "reference": reference}
        response = _toast(message, fault.status)
    else:
        page = render_to_string("errors/500.html", {"fault": fault, "reference": reference})
        response = HttpResponse(page, status=fault.status)
    if fault.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "10"
    return response


def _fault(error: BaseException | None) -> Fault:
    """A full disk and a database that is away are told apart from a mistake of ours."""
    if isinstance(error, SchemaBehindError):
        return Fault(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("This cooperative is being updated"),
            _("It takes a minute or two. Nothing is lost; try again then."),
        )
    has_crashed = _is_panic(error)
    if not has_crashed and _is_out_of_room(error):
        return Fault(
            HTTPStatus.INSUFFICIENT_STORAGE,
            _("There is no room left to save this"),
            _("It was not saved. The people who run the platform must make room first."),
        )
    if has_crashed or isinstance(error, OperationalError | InterfaceError):
        return Fault(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("The platform is out of reach for a moment"),
            _("What you saved before is safe. Try again in a moment; sent twice, it counts once."),
        )
    return Fault(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something broke on our side"),
        _("What you saved before is safe. Try again in a moment."),
    )


def _is_out_of_room(error: BaseException | None) -> bool:
    """The disk of the files, or the database's own."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return isinstance(getattr(error, "__cause__", None), DiskFull)


def _is_panic(error: BaseException | None) -> bool:
    """The database stops, as when its log has no room: it may have saved what it could not answer."""
    cause = getattr(error, "__cause__", None)
    return isinstance(cause, PsycopgError) and cause.diag.severity_nonlocalized == "PANIC"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open too long, or came from elsewhere (`CSRF_FAILURE_VIEW`)."""
    return refusal(
        request,
        _("This form has expired"),
        _("Nothing was saved. Load the page again and send the form once more."),
        403,
    )


def _way_back(request: HttpRequest) -> str:
    """Where the person came from, if that is one of our own pages; else the front page."""
    referer = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(
        referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return referer if own and referer != request.build_absolute_uri() else "/"
