"""Log lines that say for which co-op, request and person, and that hold no secret.

On a terminal they are for reading; elsewhere, or with LOG_JSON=1, each is one JSON object.
Whatever is logged, by us or by a library, passes `conceal`: addresses that open something to whoever
knows them, people's e-mail addresses and the values that PostgreSQL quotes are not written down.
"""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from celery.signals import setup_logging

from coopcycle.current import current_act, current_schema

MARK = "…"
# Addresses that hold a secret (tests/runtime/test_logs.py finds those that are missing here).
_SECRET_PATHS = re.compile(
    r"(?<!\d)(?P<before>/(?:invitations|track|calendars|exports|me/sessions|me/email|password/reset/key)/)(?P<secret>[^/\s?\"']+?)"
    r"(?=\.ics\b|[/\s?\"']|$)"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LOGIN_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")  # postgresql://user:password@
_NAMED_SECRET = re.compile(
    r"(?i)\b(password|secret|token|authorization|cookie|sessionid|csrf\w*)(['\"]?\s*[=:]\s*)\S+"
)
_QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


def conceal(text: str) -> str:
    """The text without what opens doors and without what belongs to people."""
    text = _SECRET_PATHS.sub(rf"\g<before>{MARK}", text)
    text = _LOGIN_IN_ADDRESS.sub(MARK, text)
    text = _NAMED_SECRET.sub(rf"\1\2{MARK}", text)
    text = _QUOTED_ROW.sub(rf"\1: {MARK}", text)
    return _EMAIL.sub(f"{MARK}@{MARK}", text)


class _ConcealingFormatter(logging.Formatter):
    """What both forms share."""

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        """For whom this was; what is not known is left out."""
        act = current_act()
        facts = {
            "cooperative": current_schema(),
            "request": act.request_id,
            "person": act.actor_id,
            **getattr(record, "facts", {}),
        }
        return {name: value for name, value in facts.items() if value not in {None, ""}}

    def traceback(self, record: logging.LogRecord) -> str:
        return conceal(self.formatException(record.exc_info)) if record.exc_info else ""


class LineFormatter(_ConcealingFormatter):
    """WARNING coopcycle.outbox Outbox will retry … [cooperative=c_1f… request=5d0c…]"""

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.facts(record).items())
        line = f"{record.levelname} {record.name} {conceal(record.getMessage())}"
        line += f" [{facts}]" if facts else ""
        traceback = self.traceback(record)
        return f"{line}\n{traceback}" if traceback else line


class JsonFormatter(_ConcealingFormatter):
    """One object a line. Of a record's extras only `facts` are written: others hold whole requests."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": conceal(record.getMessage()),
            **self.facts(record),
        }
        if traceback := self.traceback(record):
            line["traceback"] = traceback
        return json.dumps(line, ensure_ascii=False, default=str)


def keep_our_logging(loglevel: int | str | None = None, **_signal: Any) -> None:
    """Celery would put its own form in place of ours; its programs' --loglevel still counts."""
    if loglevel is not None:
        logging.getLogger("celery").setLevel(loglevel)


setup_logging.connect(keep_our_logging)
