"""The pages: the studio for the staff, the public ones for readers."""

import os

# Else pydantic reads the metadata of every installed package, looking for plug-ins.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
