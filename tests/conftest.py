"""Settings that every test shares."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fuzz import build
from tests.pictures import painted

# A property is about what is true, not how fast; on a busy machine a deadline only makes false alarms. CI
# tries the same examples each time, to judge the change and not its luck; elsewhere they are new ones.
settings.register_profile("linnet", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile("quick", deadline=None, max_examples=10)  # while one room is worked on
settings.load_profile("linnet")

# A shell that starts the tests in the background tells them to ignore Ctrl-C, and what they start inherits
# that. The tests that press Ctrl-C need it heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The networks of the tests are so small that a second thread only waits for the first.
os.environ.setdefault("OMP_NUM_THREADS", "1")

MOST_AT_ONCE = 8
"""So many processes at most: each of them imports everything."""


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole suite runs on all processors, with pytest-xdist; a few files are sooner done on one."""
    asked = config.option
    if (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and not hasattr(config, "workerinput")
        and getattr(asked, "numprocesses", 0) is None
        and not asked.collectonly
    ):
        asked.numprocesses, asked.maxprocesses, asked.dist = "auto", MOST_AT_ONCE, "worksteal"


@pytest.fixture(scope="session", autouse=True)
def _quick_pictures() -> Iterator[None]:
    with painted(really=False):
        yield


@pytest.fixture
def pictures() -> Iterator[None]:
    """For a test that looks at what the trainer draws."""
    with painted():
        yield


@pytest.fixture(scope="session")
def sanitized_core(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The C core with sanitizers in it, as object files."""
    if not build.COMPILER:
        pytest.skip("there is no C compiler")
    return build.core(tmp_path_factory.mktemp("core"), build.COMPILER)
