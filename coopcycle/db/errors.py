"""Refusals of the database backend. They are programming errors, so nothing catches them."""


class NoCooperativeError(RuntimeError):
    """A query was sent while no cooperative was chosen."""

    def __init__(self) -> None:
        super().__init__(
            "No cooperative is chosen, so the database stays closed. Use in_cooperative(), "
            "in_federation() or, for migrations and provisioning, as_owner()."
        )


class SwitchInTransactionError(RuntimeError):
    """A transaction belongs to one login; another cooperative needs a transaction of its own."""

    def __init__(self, *, current: str | None, wanted: str | None) -> None:
        super().__init__(
            f"Cannot switch from {current} to {wanted} inside a transaction. "
            "Leave the transaction first, or hand the work over by the outbox."
        )
