"""The pages: the studio for the staff, the public ones for readers."""
