"""Where samples and edges come from."""
