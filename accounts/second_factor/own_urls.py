"""A person's own sign-in and security, on every host."""

from django.urls import path

from accounts import email_views
from accounts.second_factor import views

urlpatterns = [
    path("me/security/", views.overview, name="overview"),
    path("me/security/app/", views.app_set_up, name="app-set-up"),
    path("me/security/app/remove/", views.app_remove, name="app-remove"),
    path("me/security/backup-codes/", views.backup_codes, name="backup-codes"),
    path("me/security/passkeys/begin/", views.passkey_begin, name="passkey-begin"),
    path("me/security/passkeys/complete/", views.passkey_complete, name="passkey-complete"),
    path(
        "me/security/passkeys/<int:passkey_id>/remove/",
        views.passkey_remove,
        name="passkey-remove",
    ),
    path("me/email/", email_views.email_change, name="email"),
    path("me/email/<str:token>/", email_views.email_confirm, name="email-confirm"),
    path("me/confirm/", views.confirm, name="confirm"),
    path(
        "me/confirm/passkey/begin/",
        views.confirm_passkey_begin,
        name="confirm-passkey-begin",
    ),
    path(
        "me/confirm/passkey/complete/",
        views.confirm_passkey_complete,
        name="confirm-passkey-complete",
    ),
]
