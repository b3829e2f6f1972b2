"""Nothing personal is kept without a purpose and an end: a new field that looks it fails here."""

import re

import pytest
from django.apps import apps
from django.conf import settings

from privacy.accounting import keeping_in
from privacy.register import EXEMPT, HOLDINGS
from privacy.retention import ERASERS
from tenants.countries import COUNTRIES

LOOKS_PERSONAL = re.compile(
    r"(^|_)(name|phone|email|mail|address|photo|image|file|note|notes|recipient|contact|instructions"
    r"|comment|message|text|payload|details?|changes|password|ip|user_agent|agent|latitude|longitude"
    r"|position_at|birthday|iban|signature|session_data|device|last_error)($|_)"
)
# Models of a co-op's schema that hold no rows of people: Django's own lists.
LISTS = {"contenttypes", "auth"}


def personal_fields():
    names = {config.split(".")[-1] for config in settings.TENANT_APPS}
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.app_label
        if label not in names or label in LISTS:
            continue
        for field in model._meta.local_concrete_fields:
            if LOOKS_PERSONAL.search(field.name) and field.get_internal_type() != "BooleanField":
                yield f"{model._meta.label}.{field.name}"


def test_every_field_that_looks_personal_has_a_purpose_and_an_end_or_a_reason():
    named = {field for holding in HOLDINGS for field in holding.fields}

    assert sorted(set(personal_fields()) - named - EXEMPT.keys()) == []


def test_the_register_names_fields_that_exist():
    for path in [*(field for holding in HOLDINGS for field in holding.fields), *EXEMPT]:
        model, _, field = path.rpartition(".")
        apps.get_model(model)._meta.get_field(field)


def test_what_has_an_end_is_erased_by_a_function_of_its_name():
    assert {holding.name for holding in HOLDINGS if holding.days} == ERASERS.keys()


def test_holdings_are_named_once():
    names = [holding.name for holding in HOLDINGS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_each_country_of_the_federation_says_how_long_accounts_are_kept(country):
    assert keeping_in(country).years >= 5
