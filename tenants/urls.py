"""The federation's pages."""

from django.urls import path

from tenants import views

app_name = "tenants"
urlpatterns = [
    path("", views.federation_home, name="federation-home"),
    path("isolation/", views.isolation, name="isolation"),
    path("isolation/try/", views.isolation_try, name="isolation-try"),
]
