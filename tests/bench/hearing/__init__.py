"""What the detectors hear on the acceptance tapes, beside other people's detectors."""
