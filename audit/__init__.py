"""Who did what: changed rows, and what happened at the doors. See docs/decisions/0008.

Below accounts, so that every app can record; people are named by their number alone.
"""
