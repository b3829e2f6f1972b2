"""What a courier's phone told too late: the office lets it count, or puts it aside and says why."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from coopcycle.errors import DomainError
from dispatch import permissions, services
from dispatch.board.forms import AsideForm
from dispatch.board.views import Request
from dispatch.models import LateReport


@require_POST
def report_accept(request: Request, report_id: int) -> HttpResponse:
    report = permissions.get_report_for(request.user, report_id)
    services.accept_report(report.pk, actor=request.user, at=timezone.now())
    return _back(request, report)


@require_POST
def report_put_aside(request: Request, report_id: int) -> HttpResponse:
    report = permissions.get_report_for(request.user, report_id)
    form = AsideForm(request.POST)
    if not form.is_valid():
        raise DomainError(str(form.errors["reason"][0]), status=422)
    services.put_report_aside(
        report.pk, actor=request.user, at=timezone.now(), reason=form.cleaned_data["reason"]
    )
    return _back(request, report)


def _back(request: Request, report: LateReport) -> HttpResponse:
    """The board draws itself anew; without script it is loaded."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Trigger": "board:refresh"})
    return redirect(f"{reverse('board:day')}?day={report.task.day:%F}")
