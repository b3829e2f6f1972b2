"""What a form says when it cannot read what was typed: our sentences, in one place.

Django's own are correct and stiff ("Ensure this value is less than or equal to 300."), more so in
its translations. Each of ours says how to mend it. Read once at the start, by `CoopcycleConfig`.
"""

from typing import Any

from django import forms
from django.core import validators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

CHOOSE_AGAIN = _("Choose one of those on offer.")


def speak() -> None:
    """Put the sentences in the place of Django's."""
    _of_fields()
    _of_limits()


def _of_fields() -> None:
    forms.Field.default_error_messages |= {"required": _("This is still missing.")}
    forms.IntegerField.default_error_messages |= {"invalid": _("Write a whole number.")}
    forms.DecimalField.default_error_messages |= {
        "invalid": _("Write a number, such as 12 or 2.5.")
    }
    forms.DateField.default_error_messages |= {
        "invalid": _("There is no such day. Choose another.")
    }
    forms.TimeField.default_error_messages |= {"invalid": _("Write the time as 08:30.")}
    forms.ChoiceField.default_error_messages |= {"invalid_choice": CHOOSE_AGAIN}
    forms.MultipleChoiceField.default_error_messages |= {
        "invalid_choice": CHOOSE_AGAIN,
        "invalid_list": CHOOSE_AGAIN,
    }
    forms.ModelChoiceField.default_error_messages |= {"invalid_choice": CHOOSE_AGAIN}
    forms.ModelMultipleChoiceField.default_error_messages |= {
        "invalid_choice": CHOOSE_AGAIN,
        "invalid_list": CHOOSE_AGAIN,
        "invalid_pk_value": CHOOSE_AGAIN,
    }
    no_file = _("The file did not arrive. Choose it again.")
    forms.FileField.default_error_messages |= {
        "invalid": no_file,
        "missing": no_file,
        "empty": _("The file is empty. Choose another."),
    }
    models.Field.default_error_messages |= {
        "blank": _("This is still missing."),
        "null": _("This is still missing."),
        "invalid_choice": CHOOSE_AGAIN,
        "unique": _("This is taken already. Choose another."),
    }


def _of_limits() -> None:
    validators.EmailValidator.message = _("Write a whole address, such as name@example.org.")
    validators.RegexValidator.message = _("This can't be read. Look at it once more.")
    validators.ProhibitNullCharactersValidator.message = _("Take the invisible characters out.")
    validators.MinValueValidator.message = _("Write %(limit_value)s or more.")
    validators.MaxValueValidator.message = _("Write %(limit_value)s or less.")
    validators.MaxLengthValidator.message = ngettext_lazy(
        "At most %(limit_value)d character fits here; this has %(show_value)d.",
        "At most %(limit_value)d characters fit here; this has %(show_value)d.",
        "limit_value",
    )
    of_decimals: dict[str, Any] = {
        "invalid": _("Write a number, such as 12 or 2.5."),
        "max_digits": _("This number is too long. Write a shorter one."),
        "max_decimal_places": ngettext_lazy(
            "Write at most %(max)s figure after the comma.",
            "Write at most %(max)s figures after the comma.",
            "max",
        ),
        "max_whole_digits": _("This number is too large. Write a smaller one."),
    }
    validators.DecimalValidator.messages = of_decimals
