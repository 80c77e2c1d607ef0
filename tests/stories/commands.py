"""The commands as a person types them, in the sample project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.cli.app import run

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def type_(sample_project: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """Run one command in the sample project; returns exit code, stdout, stderr."""

    def type_(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(["--project", str(sample_project), *arguments])
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return code, streams.out, streams.err

    return type_
