"""The addresses of a co-op's host. Each has its rule in accounts/access.py."""

from django.urls import include, path

from coopcycle.health import health

urlpatterns = [
    path("healthz", health, name="health"),
    path("", include("coopcycle.urls_shared")),
    path("sign-in/", include("accounts.sign_in_urls")),
    path("", include("accounts.sessions.urls")),
    path("sign-in/second-step/", include("accounts.second_factor.sign_in_urls")),
    path("", include("accounts.second_factor.urls")),
    path("", include("accounts.urls")),
    path("dispatch/", include("dispatch.board.urls")),
    path("ride/", include("dispatch.rider.urls")),
    path("track/", include("dispatch.tracking.urls")),
    path("", include("orders.catalog.urls")),
    path("prices/", include("orders.pricing.urls")),
    path("", include("orders.ordering.urls")),
    path("standing-orders/", include("recurring.urls")),
    path("standing-orders/", include("recurring.importing.urls")),
    path("", include("recurring.feeds.urls")),
    path("overview/", include("recurring.overview.urls")),
    path("what-happened/", include("audit.urls")),
    path("our-co-op/", include("recurring.cooperative.urls")),
    path("", include("privacy.urls")),
]

handler400 = "coopcycle.errors.handler400"
handler403 = "coopcycle.errors.handler403"
handler404 = "coopcycle.errors.handler404"
handler500 = "coopcycle.errors.handler500"
