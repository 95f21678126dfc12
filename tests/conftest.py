"""Settings that every test shares."""

from hypothesis import settings

# A property is about what is true, not how fast; on a busy machine a deadline only makes false alarms.
settings.register_profile("linnet", deadline=None)
settings.load_profile("linnet")
