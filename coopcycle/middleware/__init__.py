"""The platform's middleware, one idea a file."""

from coopcycle.middleware.acting import ActorMiddleware, RequestIdMiddleware
from coopcycle.middleware.bodies import BodyLimitMiddleware
from coopcycle.middleware.caching import PartialCachingMiddleware
from coopcycle.middleware.cooperative import CooperativeMiddleware
from coopcycle.middleware.device import DevicePolicyMiddleware
from coopcycle.middleware.language import LanguageAndZoneMiddleware
from coopcycle.middleware.readable import ReadableAddressMiddleware
from coopcycle.middleware.readiness import ReadinessMiddleware

__all__ = [
    "ActorMiddleware",
    "BodyLimitMiddleware",
    "CooperativeMiddleware",
    "DevicePolicyMiddleware",
    "LanguageAndZoneMiddleware",
    "PartialCachingMiddleware",
    "ReadableAddressMiddleware",
    "ReadinessMiddleware",
    "RequestIdMiddleware",
]
