"""Allauth's forms in our words: a label says what goes in, no placeholder repeats it."""

from typing import Any

from allauth.account import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "login": _("E-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Password until now"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
}
NEW_PASSWORD_HINT = _("At least 12 characters. A few words in a row are easy to remember.")


class PlainWords:
    """Puts the words of this file on a form's fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)
            field.label = WORDS.get(name, field.label)
            field.help_text = NEW_PASSWORD_HINT if name == "password1" else ""


class SignInForm(PlainWords, forms.LoginForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(PlainWords, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class NewPasswordForm(PlainWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(PlainWords, forms.ChangePasswordForm):  # type: ignore[misc]
    pass
