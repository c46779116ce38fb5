"""May this call be kept, and who has been told."""
