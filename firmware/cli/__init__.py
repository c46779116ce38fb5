"""The commands of `linekeeper`."""
