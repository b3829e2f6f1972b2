"""The request that wall.py measures: three queries, as a short list page has."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.models import Membership, User


def people(request: HttpRequest) -> HttpResponse:
    """Count, twenty rows, and one joined row."""
    count = User.objects.count()
    names = [user.name for user in User.objects.order_by("name")[:20]]
    seat = Membership.objects.select_related("business", "user").order_by("pk").first()
    return HttpResponse(f"{count} {seat} {' '.join(names)}")


urlpatterns = [path("people/", people, name="people")]
