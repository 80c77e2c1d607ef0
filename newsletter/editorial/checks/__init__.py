"""What protects an issue before it leaves: one file per check."""
