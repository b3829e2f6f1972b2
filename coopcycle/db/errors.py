"""Refusals of the database backend. They are programming errors, so nothing catches them."""


class NoCooperativeError(RuntimeError):
    """Something needs a cooperative, such as a query, and none is chosen."""

    def __init__(
        self,
        message: str = "No cooperative is chosen, so the database stays closed. Use "
        "in_cooperative(), in_federation() or, for migrations and provisioning, as_owner().",
    ) -> None:
        super().__init__(message)


class SwitchInTransactionError(RuntimeError):
    """A transaction belongs to one login; another cooperative needs a transaction of its own."""

    def __init__(self, *, current: str | None, wanted: str | None) -> None:
        super().__init__(
            f"Cannot switch from {current} to {wanted} inside a transaction. "
            "Leave the transaction first, or hand the work over by the outbox."
        )
