"""A backup or its return cannot be done; the message says why, to whoever typed the command."""


class BackupError(Exception):
    """Nothing was changed."""
