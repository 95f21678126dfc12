"""Settings that every test shares."""

import os
import signal

from hypothesis import settings

# A property is about what is true, not how fast; on a busy machine a deadline only makes false alarms. CI
# tries the same examples each time, to judge the change and not its luck; elsewhere they are new ones.
settings.register_profile("linnet", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("quick", deadline=None, max_examples=10)  # while one room is worked on
settings.load_profile("linnet")

# A shell that starts the tests in the background tells them to ignore Ctrl-C, and what they start inherits
# that. The tests that press Ctrl-C need it heard.
signal.signal(signal.SIGINT, signal.default_int_handler)
