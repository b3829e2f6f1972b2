"""Where a parcel goes, without a geocoder: a pin on the map, or what the co-op knows already."""

from decimal import Decimal

from accounts.models import Address
from tenants.models import Cooperative


def locate(
    *,
    street: str,
    postal_code: str,
    city: str,
    instructions: str,
    pin: tuple[Decimal, Decimal] | None,
    cooperative: Cooperative,
) -> Address:
    """An unsaved address. Without a pin it stands where the co-op knows this street and number;
    failing that in the co-op's centre, marked to be checked by the office."""
    address = Address(
        street=street,
        postal_code=postal_code,
        city=city,
        country=cooperative.country,
        instructions=instructions,
    )
    if pin:
        address.latitude, address.longitude = pin
        return address
    known = Address.objects.filter(
        street__iexact=street, postal_code__iexact=postal_code, is_approximate=False
    ).last()
    place = known or cooperative
    address.latitude, address.longitude = place.latitude, place.longitude
    address.is_approximate = known is None
    return address
