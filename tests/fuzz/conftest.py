"""How long the fuzz tests look for inputs that break the parsers.

A bounded search runs with all tests; `make fuzz` sets FUZZ=long for a long one.
"""

import os

from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("bounded", max_examples=100, **_COMMON)
settings.register_profile("long", max_examples=20_000, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("FUZZ", "bounded"))
