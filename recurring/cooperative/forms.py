"""What administrators say about their co-op. How it reads is the page's."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coopcycle.colours import parsed
from recurring.cooperative.zones import zone_choices
from recurring.holidays import region_of, regions_with_own_holidays
from tenants.countries import COUNTRIES
from tenants.models import Cooperative
from tenants.selectors import language_name

MOST_DAYS_AHEAD = 90
MOST_LEAD_MINUTES = 1440
MOST_PERCENT = 100


class SettingsForm(forms.Form):
    """All settings but the time zone, which is asked about before it moves."""

    settings_version = forms.IntegerField(widget=forms.HiddenInput)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages you offer"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Everybody chooses among them for pages and messages."),
        error_messages={"required": gettext_lazy("Choose at least one language.")},
    )
    default_language = forms.ChoiceField(
        label=gettext_lazy("First language"),
        help_text=gettext_lazy("For those who have not chosen one, and for the names of holidays."),
    )
    colour = forms.CharField(
        label=gettext_lazy("Your colour"),
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=gettext_lazy(
            "Its hue is kept; how light or dark it is we set, so that words on it can always be read."
        ),
    )
    working_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days on which you ride"),
        coerce=int,
        choices=[(number, str(number)) for number in range(1, 8)],
        help_text=gettext_lazy(
            "A delivery that a holiday shifts goes to one of these days. Whoever orders by hand for another one is warned."
        ),
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )
    subdivision = forms.ChoiceField(
        label=gettext_lazy("Region, for public holidays"),
        required=False,
        help_text=gettext_lazy(
            "Only regions with days of their own are listed. What differs is shown on the page of holidays, and you decide there."
        ),
    )
    generation_horizon_days = forms.IntegerField(
        label=gettext_lazy("Days made ahead"),
        min_value=1,
        max_value=MOST_DAYS_AHEAD,
        help_text=gettext_lazy(
            "Orders of standing orders are made so many days before their date, from 1 to 90. With fewer days, those that are made stay."
        ),
    )
    missed_dates = forms.ChoiceField(
        label=gettext_lazy("When the platform stood still and a date was missed"),
        choices=Cooperative.MissedDates,
    )
    lead_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes you need at least"),
        min_value=0,
        max_value=MOST_LEAD_MINUTES,
        help_text=gettext_lazy(
            "A late order is made only when its window stays open for longer than this, at most 1440."
        ),
    )
    price_notice_percent = forms.IntegerField(
        label=gettext_lazy("Percent by which a price may change without a message"),
        min_value=0,
        max_value=MOST_PERCENT,
        help_text=gettext_lazy(
            "Prices of the day are taken anew until a list closes. When one moves by more than this, the customer gets a message. With 0 they hear of every change."
        ),
    )

    def __init__(self, data: Any = None, *, cooperative: Cooperative) -> None:
        regions = _regions(cooperative)
        self.kept_region = _region_in(cooperative, regions)
        names = set(self.base_fields) - {"subdivision"}
        initial = {name: getattr(cooperative, name) for name in names}
        super().__init__(data, initial={**initial, "subdivision": self.kept_region})
        self.cooperative = cooperative
        languages = _languages(cooperative)
        self._offer("languages", languages)
        self._offer("default_language", languages)
        self._offer("subdivision", regions)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean_colour(self) -> str:
        try:
            return parsed(self.cleaned_data["colour"])
        except ValueError:
            raise forms.ValidationError(
                _("Write the colour as # and six figures, such as #00787d.")
            ) from None

    def clean_subdivision(self) -> str:
        """A region that stays is kept as it was written."""
        chosen = str(self.cleaned_data["subdivision"])
        return self.cooperative.subdivision if chosen == self.kept_region else chosen

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        first, offered = said.get("default_language"), said.get("languages")
        if first and offered and first not in offered:
            self.add_error("default_language", _("Choose it among the languages you offer."))
        return said

    @property
    def seen(self) -> int:
        """Which state of the settings the person saw."""
        return int(self.cleaned_data["settings_version"])

    def changes(self) -> dict[str, Any]:
        """The settings that were said."""
        names = set(self.cleaned_data) - {"settings_version"}
        return {name: self.cleaned_data[name] for name in names}


class ZoneForm(forms.Form):
    """The co-op's clock."""

    settings_version = forms.IntegerField(widget=forms.HiddenInput)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    def __init__(self, data: Any = None, *, cooperative: Cooperative) -> None:
        initial = {
            "settings_version": cooperative.settings_version,
            "timezone": cooperative.timezone,
        }
        super().__init__(data, initial=initial)
        self.cooperative = cooperative
        field = self.fields["timezone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = zone_choices(cooperative.country, cooperative.timezone)


def _languages(cooperative: Cooperative) -> list[tuple[str, str]]:
    """Those that the pages speak, then those of the country and of the co-op."""
    spoken = [code for code, _name in settings.LANGUAGES]
    usual = COUNTRIES.get(cooperative.country)
    others = sorted({*cooperative.languages, *(usual.languages if usual else ())} - set(spoken))
    return [
        *((code, language_name(code).capitalize()) for code in spoken),
        *(
            (
                code,
                _("%(language)s (pages not translated yet)")
                % {"language": language_name(code).capitalize()},
            )
            for code in others
        ),
    ]


def _regions(cooperative: Cooperative) -> list[tuple[str, str]]:
    year = timezone.localdate().year
    return [("", _("The whole country")), *regions_with_own_holidays(cooperative.country, year)]


def _region_in(cooperative: Cooperative, regions: list[tuple[str, str]]) -> str:
    code = region_of(cooperative.country, cooperative.subdivision)
    return code if code in dict(regions) else ""
