"""Allauth's forms in our words: a label says what goes in, no placeholder repeats it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms import PasswordInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import limits
from accounts.limits import TooManyTriesError
from accounts.passwords import LONGEST
from accounts.resets import ask_for_reset
from audit.recording import Kind, record
from coopcycle.addresses import host_of
from coopcycle.context_processors import Page

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
            if isinstance(field.widget, PasswordInput):  # not the attribute: it would cut a paste
                field.validators.append(MaxLengthValidator(LONGEST))


class CountedTries:
    """A form that checks a password: comes back with the sentence when there were too many tries."""

    refusal: TooManyTriesError | None = None  # the answer is 429 then

    @contextmanager
    def counted(self) -> Iterator[None]:
        try:
            yield
        except TooManyTriesError as refusal:
            self.refusal = refusal
            raise ValidationError(str(refusal)) from refusal


class SignInForm(CountedTries, PlainWords, forms.LoginForm):  # type: ignore[misc]
    def clean(self) -> dict[str, Any]:
        with self.counted():
            return super().clean()  # type: ignore[no-any-return]


class ResetPasswordForm(CountedTries, PlainWords, forms.ResetPasswordForm):  # type: ignore[misc]
    """Asks nothing about the address, and answers all alike; a worker does the rest."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        with self.counted():
            limits.spend("reset", email, at=timezone.now())
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        ask_for_reset(email=email, host=host_of(request), site_name=Page(request).site_name)
        record(Kind.PASSWORD_RESET_ASKED)
        return email


class NewPasswordForm(PlainWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(CountedTries, PlainWords, forms.ChangePasswordForm):  # type: ignore[misc]
    def clean_oldpassword(self) -> str:
        """The password until now. Someone at an open screen can't try many."""
        with self.counted():
            limits.spend("password", self.user.pk, at=timezone.now())
        password: str = super().clean_oldpassword()
        limits.give_back("password", self.user.pk, at=timezone.now())
        return password
