"""What holds for all tests."""

import os

from hypothesis import settings

# On a build server the same examples every time: what was green stays green until the
# code changes.  At home every run tries new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
