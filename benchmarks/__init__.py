"""Measurements that anyone can repeat, side by side with peers where there are any.

`speed` is how fast linnet is, `music` what its music is like, `wanted` what comes of wishes.
`python -m benchmarks` prints those with peers as one table; the others have a command each,
such as `python -m benchmarks.music.stuck`.
"""

import os
from pathlib import Path

DATA = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[2] / "shared" / "data"))
"""Where the music is that some of them read: folders `train` and `wild`."""
