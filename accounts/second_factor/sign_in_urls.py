"""The second step of signing in, under /sign-in/second-step/, on every host."""

from django.urls import path

from accounts.second_factor import sign_in_views as views

app_name = "second-step"
urlpatterns = [
    path("", views.code, name="code"),
    path("set-up/", views.set_up, name="set-up"),
    path("passkey/begin/", views.passkey_begin, name="passkey-begin"),
    path("passkey/complete/", views.passkey_complete, name="passkey-complete"),
    path("set-up/passkey/begin/", views.passkey_make_begin, name="passkey-make-begin"),
    path("set-up/passkey/complete/", views.passkey_make_complete, name="passkey-make-complete"),
    path("leave/", views.leave, name="leave"),
]
