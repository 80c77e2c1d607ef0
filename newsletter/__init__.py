"""Compose, preview, approve and send a magazine's email newsletter."""

__version__ = "0.1.0"
