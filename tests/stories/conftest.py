"""Fixtures of the stories."""

from tests.stories.commands import type_

__all__ = ["type_"]
