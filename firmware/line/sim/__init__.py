"""A telephone line in software."""
