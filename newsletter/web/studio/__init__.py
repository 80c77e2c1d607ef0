"""The studio: local pages for the staff."""
