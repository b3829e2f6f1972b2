"""The platform's middleware, one idea a file."""

from coopcycle.middleware.caching import PartialCachingMiddleware
from coopcycle.middleware.cooperative import CooperativeMiddleware
from coopcycle.middleware.language import LanguageAndZoneMiddleware

__all__ = ["CooperativeMiddleware", "LanguageAndZoneMiddleware", "PartialCachingMiddleware"]
