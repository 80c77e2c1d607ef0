"""Who runs a mailing."""
