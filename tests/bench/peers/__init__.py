"""Other people's detectors, from Debian, to be measured beside ours."""
