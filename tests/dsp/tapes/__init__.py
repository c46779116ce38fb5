"""Acceptance tapes for the detectors, named after the standards' own checks.

Everything is made on the spot by numpy from a seed, so that a tape is the same on
every machine; `tape.Tape` says what is on it.
"""
