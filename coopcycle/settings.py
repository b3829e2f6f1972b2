"""One settings file, read from the environment. `.env.example` lists every name."""

import sys
from pathlib import Path

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from coopcycle.db.address import parse_address
from coopcycle.environment import env_bool, env_int, env_list, env_secret, env_str

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))

# --- What this installation is ---------------------------------------------------------------
DEBUG = env_bool("DEBUG", default=False)
DEMO = env_bool("DEMO", default=False)
SECRET_KEY = env_secret("SECRET_KEY", demo=DEMO or DEBUG)
BASE_HOST = env_str(
    "BASE_HOST", "localhost"
)  # the federation's own host; co-ops live on sub-domains
PUBLIC_SCHEME = env_str("PUBLIC_SCHEME", "http" if DEMO or DEBUG else "https")
PUBLIC_PORT = env_int("PUBLIC_PORT", 8000 if DEMO or DEBUG else 0)  # 0: the scheme's own port
# Hosts are checked against the Domain table by CooperativeMiddleware, which answers 404 itself.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "coopcycle.urls"
PUBLIC_SCHEMA_URLCONF = "coopcycle.urls_federation"
WSGI_APPLICATION = "coopcycle.wsgi.application"

# --- Apps ---------------------------------------------------------------------------------------
_PEOPLE_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "audit",
    "django_otp_webauthn",
    "accounts",
    "accounts.second_factor",
    "coopcycle",
]
SHARED_APPS = [
    "tenants",  # before django_tenants: its commands come first
    "django_tenants",
    *_PEOPLE_APPS,
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
]
TENANT_APPS = [*_PEOPLE_APPS, "dispatch", "orders", "recurring", "privacy"]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]
TENANT_MODEL = "tenants.Cooperative"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_NAME = "public"
TENANT_LIMIT_SET_CALLS = True
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mails are unique without regard to case, by a constraint that it cannot see
    "security.W002",  # frame-ancestors of the content security policy forbids frames
    "otp_webauthn.E030",  # the one allowed origin is the host's own (second_factor/passkeys.py)
]

MIDDLEWARE = [
    "coopcycle.middleware.RequestIdMiddleware",
    "coopcycle.middleware.ReadinessMiddleware",
    "coopcycle.middleware.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "coopcycle.middleware.DevicePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coopcycle.middleware.CooperativeMiddleware",
    "accounts.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.second_factor.middleware.SettledPersonMiddleware",  # until then nobody is anybody
    "coopcycle.middleware.LanguageAndZoneMiddleware",
    "coopcycle.middleware.ActorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coopcycle.middleware.PartialCachingMiddleware",
    "coopcycle.errors.DomainErrorMiddleware",
    "coopcycle.middleware.ReadableAddressMiddleware",
    "accounts.gate.AccessMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coopcycle.context_processors.page",
            ],
            "builtins": ["coopcycle.templatetags.ui"],
        },
    }
]

FORM_RENDERER = "coopcycle.forms.FormRenderer"

# --- Database: one login a co-op (docs/decisions/0001) -------------------------------------------
# The owner's address: migrations and provisioning. Requests and tasks run on logins derived from it.
DATABASE_URL = env_str("DATABASE_URL", "postgresql://coopcycle_owner@127.0.0.1:5432/coopcycle")
DATABASE_LOGIN_SECRET = env_secret("DATABASE_LOGIN_SECRET", demo=DEMO or DEBUG)
# While the secret changes: processes that know both, then `sync_logins`, then this one goes.
DATABASE_LOGIN_SECRET_PREVIOUS = env_str("DATABASE_LOGIN_SECRET_PREVIOUS", "")
# Wraps the key of each co-op, which encrypts door codes and secrets (coopcycle/db/keys.py). A former
# one is read until `manage.py rotate_keys` has wrapped all keys again.
DATA_MASTER_KEY = env_secret("DATA_MASTER_KEY", demo=DEMO or DEBUG)
DATA_MASTER_KEYS_FORMER = env_list("DATA_MASTER_KEYS_FORMER")
DATABASE_WALL = env_str("DATABASE_WALL", "login")  # "role" is for tests that visit two co-ops
DATABASE_POOL_SIZE = env_int("DATABASE_POOL_SIZE", 40)  # a process's sessions, over all co-ops
DATABASE_POOL_PER_LOGIN = env_int("DATABASE_POOL_PER_LOGIN", 8)  # at least a process's threads
DATABASE_POOL_DISCARD = env_bool("DATABASE_POOL_DISCARD", default=False)  # clear session state
# What one co-op may take of the server, so that no flood of one is felt by another.
DATABASE_CONNECTIONS_PER_LOGIN = env_int("DATABASE_CONNECTIONS_PER_LOGIN", 50)
DATABASE_STATEMENT_TIMEOUT = env_str("DATABASE_STATEMENT_TIMEOUT", "30s")
DATABASE_IDLE_TRANSACTION_TIMEOUT = env_str("DATABASE_IDLE_TRANSACTION_TIMEOUT", "60s")
DATABASES = {
    "default": {
        "ENGINE": "coopcycle.db",
        **parse_address(DATABASE_URL),
        "CONN_MAX_AGE": 0,  # the keyed pool keeps connections, not Django
        "OPTIONS": {"connect_timeout": 5},  # seconds
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- Valkey: messages that may be lost -----------------------------------------------------------
REDIS_URL = env_str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}
# Server-sent events come from a process of their own; empty: the same origin, behind a proxy.
# {host} stands for the page's own host: http://{host}:8001
LIVE_URL = env_str("LIVE_URL", "")
LIVE_RECHECK_SECONDS = env_int("LIVE_RECHECK_SECONDS", 300)  # signed out meanwhile? then silence

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
# A task that kills its worker would kill the next one too. What it left is in the database, and
# beat's next tick starts it again.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,  # longer than a worker's blocking look into its queue
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- People and sign-in ----------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.passwords.LongestPasswordValidator"},
    {"NAME": "accounts.passwords.GuessablePasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people enter by invitation, which proves the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers; the page answers them all the same
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reset_password": "accounts.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.NewPasswordForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
}
ACCOUNT_RATE_LIMITS = False  # ours count in the database: accounts/limits
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_TIMEOUT = 15 * 60  # seconds between the password and the second factor
OTP_WEBAUTHN_RP_ID_CALLABLE = "accounts.second_factor.passkeys.host_of"
OTP_WEBAUTHN_RP_NAME_CALLABLE = "accounts.second_factor.passkeys.site_of"
OTP_WEBAUTHN_HELPER_CLASS = "accounts.second_factor.passkeys.HostHelper"
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "accounts.sessions.store"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # the longest of accounts/sessions/lifetimes.py
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.resets.ResetTokens"  # noqa: S105 - a class
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "coopcycle.errors.csrf_failure"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- Mail: written to the outbox, sent by a worker -----------------------------------------------
DEFAULT_FROM_EMAIL = env_str("MAIL_FROM", "CoopCycle <no-reply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_HOST = env_str("MAIL_HOST", "")
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": MAIL_HOST,
            "port": env_int("MAIL_PORT", 587),
            "username": env_str("MAIL_USER", ""),
            "password": env_str("MAIL_PASSWORD", ""),
            "use_tls": env_bool("MAIL_TLS", default=True),
            "timeout": 10,
        },
    }
    if MAIL_HOST
    else {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(VAR_DIR / "mail")},
    }
}

# --- Language and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "UTC"  # each co-op has its own; LanguageAndZoneMiddleware activates it
USE_I18N = True

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "coopcycle.frontend.JoinedSheetFinder",
]
STORAGES = {
    "default": {"BACKEND": "coopcycle.storage.CooperativeFileStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env_bool("TESTING", default=False)
        else "coopcycle.storage.HashedStaticStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or env_bool("TESTING", default=False)
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"  # never served: each kind of file has a view with a rule
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
MOST_BODY_BYTES = 20 * 1024 * 1024  # of a whole request, as deploy/Caddyfile; more is 413 unread
MAP_TILES_URL = env_str(
    "MAP_TILES_URL", ""
)  # e.g. https://tiles.example/{z}/{x}/{y}.png; empty: no tiles
MAP_ATTRIBUTION = env_str("MAP_ATTRIBUTION", "© OpenStreetMap")
GEOCODER = env_str("GEOCODER", "")  # a geopy geocoder's name; empty: pins on the map only

# --- Browser's rules ---------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:", *env_list("MAP_TILES_ORIGINS")],
    "connect-src": [
        CSP.SELF,
        *([LIVE_URL.replace("{host}", f"*.{BASE_HOST}")] if LIVE_URL else []),
    ],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
_HTTPS = PUBLIC_SCHEME == "https"
# Our own proxies in front, each of which adds to X-Forwarded-For (coopcycle/network.py).
PROXIES = env_int("PROXIES", 1 if _HTTPS else 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
SECURE_SSL_REDIRECT = _HTTPS
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
    r"^metrics$",
]  # asked from inside, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:  # host-only by prefix: no sibling co-op can set or read them
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
DEVICE_COOKIE_NAME = "__Host-device" if _HTTPS else "device"
SECURE_REFERRER_POLICY = "same-origin"

# --- Whom to tell of a weakness: an address (mailto:…, https://…); empty: the page does not exist ---
SECURITY_CONTACT = env_str("SECURITY_CONTACT", "")
# --- Audit trail: how long what was done is kept (audit/pruning.py) ----------------------------------
AUDIT_KEPT_DAYS = env_int("AUDIT_KEPT_DAYS", 1096)
AUDIT_SECURITY_KEPT_DAYS = env_int("AUDIT_SECURITY_KEPT_DAYS", 366)

# --- Figures for a watcher (/metrics on the federation's host); without a token there are none -----
METRICS_TOKEN = env_str("METRICS_TOKEN", "")

# --- Log -------------------------------------------------------------------------------------------
LOG_JSON = env_bool("LOG_JSON", default=not sys.stderr.isatty())  # for machines, or for reading
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "coopcycle.logs.JsonFormatter" if LOG_JSON else "coopcycle.logs.LineFormatter"
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        # One handler for all: Django's own would write lines and mails without our form.
        "django": {"handlers": [], "propagate": True},
        "django.request": {"level": "ERROR"},  # refusals are in the access lines
        "django.server": {"handlers": [], "propagate": True},
        "coopcycle.access": {"level": "INFO" if LOG_JSON else "WARNING"},
    },
}
