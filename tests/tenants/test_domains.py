"""A co-op's own host name, beside the one that the federation gave it."""

import pytest
from django.core.management import CommandError, call_command

from coopcycle.middleware.cooperative import cooperative_of_host, forget_hosts
from tenants.context import in_federation
from tenants.models import Domain
from tenants.selectors import address_of

pytestmark = pytest.mark.django_db


def test_both_hosts_lead_to_it_and_the_first_stays_in_mails(beta, capsys):
    call_command("add_domain", "beta", "Coursiers.Example")

    assert "coursiers.example too" in capsys.readouterr().out
    forget_hosts()
    assert cooperative_of_host("coursiers.example") == cooperative_of_host("beta.localhost") == beta
    assert "beta.localhost" in address_of(beta)


def test_a_primary_host_stands_in_mails(beta):
    call_command("add_domain", "beta", "coursiers.example", primary=True)

    with in_federation():
        assert "coursiers.example" in address_of(beta)
        assert Domain.objects.filter(tenant=beta, is_primary=True).count() == 1


@pytest.mark.parametrize("host", ["alpha.localhost", "localhost", "no host", "evil/host"])
def test_a_taken_or_impossible_host_is_refused_with_a_sentence(beta, host):
    with pytest.raises(CommandError):
        call_command("add_domain", "beta", host)

    with in_federation():
        assert Domain.objects.filter(tenant=beta).count() == 1


def test_an_unknown_co_op_is_said():
    with pytest.raises(CommandError, match="No cooperative is called nobody"):
        call_command("add_domain", "nobody", "coursiers.example")
