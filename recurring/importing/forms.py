"""The file, and what a calendar does not say."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Business
from orders.models import Order
from recurring.importing.files import read_upload
from recurring.importing.models import RuleImport


class UploadForm(forms.Form):
    """A table, or a calendar with the business and the kind of its events."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A table (CSV) or a calendar (.ics), at most 256 kB."),
        widget=forms.ClearableFileInput({"accept": ".csv,.ics,.txt,text/csv,text/calendar"}),
    )
    buyer = forms.ModelChoiceField(
        label=_("For"),
        queryset=Business.objects.none(),
        required=False,
        help_text=_("Only for a calendar: a table names the business in each row."),
    )
    kind = forms.ChoiceField(
        label=_("What its events are"),
        choices=Order.Kind,
        initial=Order.Kind.SUPPLY,
        widget=forms.RadioSelect,
        help_text=_("Only for a calendar."),
    )

    def __init__(self, *args: Any, buyers: QuerySet[Business], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["buyer"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = buyers
        if buyers.count() == 1:
            field.empty_label = None
            self.initial["buyer"] = buyers.first()
        self.text = self.source = ""

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        self.text, self.source = read_upload(upload)
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.source == RuleImport.Source.CALENDAR and not cleaned.get("buyer"):
            self.add_error("buyer", _("Choose for which business the dates of this calendar are."))
        return cleaned
