"""Being an appliance: settings, status, control."""
