"""The library knows what it was compiled from."""

import hashlib
from pathlib import Path

from linnet.core import sources

CSRC = Path(__file__).parents[2] / "csrc"


def test_the_library_was_compiled_from_the_c_that_stands_here() -> None:
    """Where this fails, the C was changed and not compiled: python setup.py build_ext --inplace."""
    found = hashlib.sha256()
    for path in sorted(path for path in CSRC.rglob("*") if path.is_file()):
        found.update(path.relative_to(CSRC.parent).as_posix().encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    assert sources() == found.hexdigest()
