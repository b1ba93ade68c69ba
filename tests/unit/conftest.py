"""How hard the property tests try: enough to find a broken rule, and the same on every machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit",
    max_examples=40,
    deadline=None,  # a slow machine is no failure of a rule
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")
