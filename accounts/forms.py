"""What people type about themselves, others and businesses."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ROLE_SWITCHES, Business, Membership, User

phone_validator = RegexValidator(
    r"^\+?[0-9][0-9 ().\-/]{4,28}$",
    _("Write the number with figures, such as +33 4 76 00 00 00."),
)
PLACE_FIELDS = (
    "street",
    "postal_code",
    "city",
    "latitude",
    "longitude",
    "instructions",
)


class VersionedForm(forms.Form):
    """A form about a row that others may be changing too: it carries the version that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def seen(self) -> int:
        return self.cleaned_data.get("version") or 0

    def show_newer(self, refusal: str, now: Mapping[str, Any]) -> None:
        """Somebody else was faster: keep what was typed, and say what stands there `now` instead.

        The form then carries the newer version, so that saving it again is a decision.
        """
        self.add_error(None, refusal)
        for name, field in self.fields.items():
            if name in self.cleaned_data and now.get(name) != self.cleaned_data[name]:
                words = {"field": field.label, "value": _in_words(field, now.get(name))}
                if name != "version":
                    self.add_error(None, gettext("%(field)s, saved meanwhile: %(value)s") % words)
        sent: Any = self.data  # a QueryDict, which is not to be changed itself
        self.data = newer = sent.copy()
        newer[self.add_prefix("version")] = now["version"]


def _in_words(field: forms.Field, value: Any) -> str:
    """A field's value as its form shows it."""
    if isinstance(field, forms.BooleanField):
        return gettext("yes") if value else gettext("no")
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        chosen = value if isinstance(value, list) else [value]
        return ", ".join(str(label) for key, label in choices if key in chosen) or "–"
    return str(value) or "–"


class LanguageForm(forms.Form):
    """A form with a choice among the co-op's languages."""

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = list(languages)


class MeForm(VersionedForm, LanguageForm):
    """What everybody keeps about themselves."""

    name = forms.CharField(label=_("Name"), max_length=80)
    phone = forms.CharField(
        label=_("Phone"), max_length=30, required=False, validators=[phone_validator]
    )
    field_order = ("name", "phone", "language")

    @classmethod
    def of(cls, user: User, **kwargs: Any) -> Self:
        """The form as `user` stands now."""
        return cls(initial=cls.values_of(user), **kwargs)

    @classmethod
    def values_of(cls, user: User) -> dict[str, Any]:
        """What the form shows of `user`."""
        return {name: getattr(user, name) for name in ("name", "phone", "language", "version")}

    def details(self) -> dict[str, Any]:
        """What was entered."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class NewAddressForm(forms.Form):
    """The e-mail address that a person wants to sign in with."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if email == self.person.email.lower():
            raise forms.ValidationError(gettext("This is your address already."))
        return email


class PersonForm(MeForm):
    """What an administrator keeps about a person."""

    roles = forms.MultipleChoiceField(
        label=_("Roles in the cooperative"),
        choices=list(ROLE_SWITCHES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(
        label=_("May sign in"),
        required=False,
        help_text=_("Untick it and their next click is refused."),
    )

    @classmethod
    def values_of(cls, user: User) -> dict[str, Any]:
        roles = [role for role in ROLE_SWITCHES if getattr(user, role)]
        return {**super().values_of(user), "roles": roles, "is_active": user.is_active}


class InvitationForm(LanguageForm):
    """Whom to invite."""

    name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    action_id = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("name", "email", "language")


class TeamInvitationForm(InvitationForm):
    """An invitation to work for the co-op."""

    roles = forms.MultipleChoiceField(
        label=_("Roles in the cooperative"),
        choices=list(ROLE_SWITCHES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role for this person.")},
    )


class MemberInvitationForm(InvitationForm):
    """An invitation to a business."""

    level = forms.ChoiceField(
        label=_("Place in the business"),
        choices=Membership.Level,
        initial=Membership.Level.STAFF,
        widget=forms.RadioSelect,
        help_text=_("Owners also change its details and invite people."),
    )


class PasswordForm(forms.Form):
    """A first password, checked against the person's own name and address."""

    password = forms.CharField(
        label=_("Choose a password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
        help_text=_("At least 12 characters. A few words in a row are easy to remember."),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password


class BusinessForm(VersionedForm, forms.ModelForm):  # type: ignore[type-arg]  # plain at run time
    """A business and its place; the pin sets the coordinates."""

    opening_weekdays = forms.TypedMultipleChoiceField(
        label=_("Open on"),
        coerce=int,
        choices=[
            (1, _("Monday")),
            (2, _("Tuesday")),
            (3, _("Wednesday")),
            (4, _("Thursday")),
            (5, _("Friday")),
            (6, _("Saturday")),
            (7, _("Sunday")),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=30, required=False, validators=[phone_validator]
    )
    street = forms.CharField(label=_("Street and number"), max_length=160)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12)
    city = forms.CharField(label=_("Town"), max_length=80)
    instructions = forms.CharField(
        label=_("How to get in"),
        max_length=300,
        required=False,
        help_text=_("Couriers read it at the door: code, floor, bell."),
    )
    latitude = forms.DecimalField(
        label=_("Latitude"), min_value=-90, max_value=90, max_digits=9, decimal_places=6
    )
    longitude = forms.DecimalField(
        label=_("Longitude"), min_value=-180, max_value=180, max_digits=9, decimal_places=6
    )

    class Meta:
        model = Business
        fields = ("name", "kind", "phone", "email", "language", "opening_weekdays", "tax_number")
        error_messages = {
            "name": {
                "unique": _("A business has this name already. Add its street to tell them apart.")
            }
        }

    def __init__(self, *args: Any, languages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=list(languages))
        if self.instance.pk:
            self.initial = {**self.initial, **self.values_of(self.instance)}

    @classmethod
    def values_of(cls, business: Business) -> dict[str, Any]:
        """What the form shows of `business`."""
        place = {name: getattr(business.address, name) for name in PLACE_FIELDS}
        own = {name: getattr(business, name) for name in ("version", *(cls._meta.fields or ()))}
        return {**own, **place}

    def details(self) -> dict[str, Any]:
        """The business's own fields."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def place(self, country: str) -> dict[str, Any]:
        """The address, in the co-op's country, with the business's name at the door."""
        place = {name: self.cleaned_data[name] for name in PLACE_FIELDS}
        return {**place, "name": self.cleaned_data["name"], "country": country}
