"""What a benchmark says: a figure, beside the floor measured in the same run."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """`floor` is the same work done the plainest way; `ratio` is value over floor.

    Absolute figures belong to the machine; compare ratios.
    """

    name: str
    value: float
    unit: str
    floor: float
    ratio: float

    def as_row(self) -> dict[str, object]:
        """The row of benchmarks/results.json."""
        return asdict(self)
