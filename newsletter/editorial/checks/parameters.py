"""What the renderer remarked while it read the blocks: unknown, missing or ill-typed parameters."""

from collections.abc import Iterator

from newsletter.editorial.checks.inspection import Inspection
from newsletter.model import Finding


def check_parameters(inspection: Inspection) -> Iterator[Finding]:
    """Pass them on: only the renderer knows the layout."""
    yield from inspection.findings
