"""The addresses of the federation's own host. Each has its rule in accounts/access.py."""

from django.urls import include, path

from coopcycle.health import health
from coopcycle.metrics import metrics

urlpatterns = [
    path("healthz", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("", include("coopcycle.urls_shared")),
    path("sign-in/", include("accounts.sign_in_urls")),
    path("", include("accounts.sessions.own_urls")),
    path("sign-in/second-step/", include("accounts.second_factor.sign_in_urls")),
    path("", include("accounts.second_factor.federation_urls")),
    path("", include("accounts.federation_urls")),
    path("", include("tenants.urls")),
]

handler400 = "coopcycle.errors.handler400"
handler403 = "coopcycle.errors.handler403"
handler404 = "coopcycle.errors.handler404"
handler500 = "coopcycle.errors.handler500"
