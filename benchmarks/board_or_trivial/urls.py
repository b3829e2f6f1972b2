"""A co-op's addresses and a page that says two letters, to the same people."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.access import RULES
from coopcycle.urls import urlpatterns as of_cooperative


def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


assert isinstance(RULES, dict)
RULES["trivial"] = RULES["board:day"]
urlpatterns = [*of_cooperative, path("trivial/", trivial, name="trivial")]
handler404 = "coopcycle.errors.handler404"
