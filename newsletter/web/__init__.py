"""The pages: the studio for the staff, the public ones for readers."""

import os
from collections.abc import Mapping
from typing import Any, Final

# Else pydantic reads the metadata of every installed package, looking for plug-ins.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

#: FastAPI describes itself to nobody, and tells nobody of what is asked of it, whatever the environment says.
QUIET: Final[Mapping[str, Any]] = {
    "openapi_url": None,
    "docs_url": None,
    "redoc_url": None,
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
}
