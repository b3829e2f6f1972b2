"""People, the businesses they belong to, and addresses."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from accounts.limits.models import Limit
from accounts.sessions.models import Session
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from coopcycle.words import filing_key

__all__ = [
    "INVITATION_LIFETIME",
    "ROLE_SWITCHES",
    "Address",
    "Business",
    "Invitation",
    "Limit",
    "Membership",
    "Session",
    "User",
    "UserManager",
]


@tracked(
    personal=("name", "street", "postal_code", "city", "latitude", "longitude", "instructions")
)
class Address(models.Model):
    """A place with coordinates. Never edited: a change makes a new row, so past stops keep theirs."""

    name = models.CharField(_("name at the door"), max_length=120, blank=True)
    street = models.CharField(_("street and number"), max_length=160)
    postal_code = models.CharField(_("postal code"), max_length=12)
    city = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6)
    is_approximate = models.BooleanField(_("position to be checked"), default=False)
    instructions = EncryptedTextField(
        _("how to get in"), max_length=300, blank=True, place="accounts_address.instructions"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="address_on_the_globe",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                violation_error_message=_("Set the pin on the map."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.street}, {self.postal_code} {self.city}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person of the active schema; without password they can only come in by invitation."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


@tracked(
    secret=("password",), ignored=("last_login", "version"), personal=("email", "name", "phone")
)
class User(AbstractBaseUser):
    """A person who signs in. Users live in their co-op's schema; federation staff in `public`.

    In a small co-op one person administers, dispatches and rides, so roles are switches.
    """

    class Theme(models.TextChoices):
        DEVICE = "", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    is_administrator = models.BooleanField(_("administrator"), default=False)
    is_dispatcher = models.BooleanField(_("dispatcher"), default=False)
    is_courier = models.BooleanField(_("courier"), default=False)
    is_accountant = models.BooleanField(_("accountant"), default=False, db_default=False)
    is_reader = models.BooleanField(_("reader"), default=False, db_default=False)
    is_federation_staff = models.BooleanField(_("federation staff"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, db_default=1)  # counts changes
    # Kept by second_factor/services.py beside the devices, so that no request has to look for them.
    has_second_factor = models.BooleanField(default=False, db_default=False)
    # Part of what each session is checked against: a new number ends them all.
    sessions_ended = models.PositiveIntegerField(default=0, db_default=0)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message=_("Someone with this e-mail is here already."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @cached_property
    def seats(self) -> tuple["Membership", ...]:
        """The person's memberships with their businesses, read once a request."""
        seats = self.memberships.select_related("business")
        return tuple(sorted(seats, key=lambda seat: filing_key(seat.business.name)))

    # Set for a request that changes something: the roles that only look count for nothing in it.
    is_changing = False

    @property
    def sees_all(self) -> bool:
        """Opens the office's pages and what is on them; to change it is `works_at_office`."""
        return self.works_at_office or (self.is_reader and not self.is_changing)

    @property
    def sees_finance(self) -> bool:
        """Reads all orders, prices and businesses."""
        return self.sees_all or (self.is_accountant and not self.is_changing)

    @property
    def works_at_office(self) -> bool:
        """Steers the day: sees all orders, tasks and people of the co-op."""
        return self.is_administrator or self.is_dispatcher

    @property
    def needs_second_factor(self) -> bool:
        """Whoever reaches other people's data signs in with more than a password."""
        looks = self.is_accountant or self.is_reader
        return self.works_at_office or looks or self.is_federation_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, and with `sessions_ended`, so that one number ends every session."""
        salt = "accounts.models.User.get_session_auth_hash"
        value = f"{self.password}:{self.sessions_ended}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()


class BusinessQuerySet(models.QuerySet["Business"]):
    def active(self) -> "BusinessQuerySet":
        return self.filter(archived_at=None)

    def of(self, user: User) -> "BusinessQuerySet":
        """Businesses that `user` is a member of."""
        return self.filter(memberships__user=user)

    def producers(self) -> "BusinessQuerySet":
        return self.filter(kind=Business.Kind.PRODUCER)


@tracked(ignored=("version",), personal=("name", "phone", "email", "tax_number"))
class Business(models.Model):
    """A customer or partner of the co-op that orders, sends or produces."""

    class Kind(models.TextChoices):
        RESTAURANT = "restaurant", _("Restaurant")
        SHOP = "shop", _("Shop")
        PRODUCER = "producer", _("Producer")
        ORGANISATION = "organisation", _("Organisation")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    address = models.ForeignKey(Address, models.PROTECT, verbose_name=_("address"))
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    opening_weekdays = models.JSONField(_("open on"), default=list)  # ISO weekdays, 1 is Monday
    tax_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, db_default=1)  # counts changes
    members = models.ManyToManyField(User, through="Membership", related_name="businesses")

    objects = BusinessQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_producer(self) -> bool:
        return self.kind == self.Kind.PRODUCER

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[0].isupper()] or self.name.split()
        return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


@tracked(parent="business")
class Membership(models.Model):
    """A person's place in a business: owners also manage its people and details."""

    class Level(models.TextChoices):
        OWNER = "owner", _("Owner")
        STAFF = "staff", _("Staff")

    business = models.ForeignKey(Business, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.STAFF)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="membership_once", fields=["business", "user"]),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.business}"


INVITATION_LIFETIME = timedelta(days=7)


@tracked(
    parent="business", secret=("secret_hash",), ignored=("action_id",), personal=("email", "name")
)
class Invitation(models.Model):
    """A single-use way in, sent by mail. Only the hash of its secret is kept."""

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=5, default="en")
    roles = models.JSONField(default=list)  # names of User's role switches
    business = models.ForeignKey(Business, models.CASCADE, null=True, blank=True)
    level = models.CharField(max_length=10, choices=Membership.Level, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    action_id = models.UUIDField(unique=True, default=uuid.uuid4)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="invitation_opens_a_door",
                condition=Q(business__isnull=False) | ~Q(roles=[]),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at


ROLE_SWITCHES: Mapping[str, Promise] = {
    "is_administrator": _("Administrator"),
    "is_dispatcher": _("Dispatcher"),
    "is_courier": _("Courier"),
    "is_accountant": _("Accountant: reads orders, prices and businesses"),
    "is_reader": _("Reader: sees the office’s pages, changes nothing"),
}
