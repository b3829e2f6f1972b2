"""Addresses that every host has, a co-op's and the federation's."""

from django.urls import path

from coopcycle import views

urlpatterns = [
    path("coop.css", views.coop_stylesheet, name="coop-stylesheet"),
    path("preferences/", views.preferences, name="preferences"),
    path(".well-known/security.txt", views.security_contact, name="security-contact"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
