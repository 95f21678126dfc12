"""The workshop of linnet: MIDI folders become corpora, corpora become trained networks.

Commands: `linnet-train prepare | fit | evaluate`. Nothing here ships with the runtime.
"""

import os

# Has to be said before torch is first imported. Idle OpenMP threads spin by default, and as soon as anything
# else wants a core, training on two cores falls to a quarter of its speed (docs/decisions/training.md).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
