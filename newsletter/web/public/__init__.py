"""The public pages: unsubscribe, read online."""
