"""What is asked for a new calendar address."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Business
from recurring.feeds.models import CalendarFeed


class FeedForm(forms.Form):
    """For which device; producers also choose what it shows."""

    name = forms.CharField(
        label=_("For which device or program"),
        max_length=80,
        help_text=_("So that you know later which one to close: “Kitchen’s phone”."),
    )
    content = forms.ChoiceField(
        label=_("What it shows"), choices=CalendarFeed.Content, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if business.is_producer:
            self.initial.setdefault("content", CalendarFeed.Content.PREPARES)
        else:
            del self.fields["content"]

    @property
    def chosen_content(self) -> str:
        return str(self.cleaned_data.get("content", CalendarFeed.Content.RECEIVES))
