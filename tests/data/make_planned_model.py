"""Makes planned.onnx: `python tests/data/make_planned_model.py`, in a minute.

The network of tiny.onnx with a plan model beside it, which has learnt plans that are drawn by lot: periods of
eight bars, of which some come back, over four chords.
"""

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import onnx
from onnx import helper

from linnet.controls.plan_bar import PlanBar
from linnet.controls.plan_layout import QUESTIONS, Conditions
from linnet.tools.files import write_whole
from linnet_export.plan import plan_entry
from linnet_train.corpus.peoples_plan import PeoplesPlan
from linnet_train.plans import fit
from linnet_train.plans.config import PlanConfig
from linnet_train.plans.music import Music
from linnet_train.plans.spelling import spell

PLANS = 120
C, D_MINOR, F, G7 = 1, 1 + 7 * 2 + 1, 1 + 7 * 5, 1 + 7 * 7 + 4
PROGRESSIONS = ((C, F, C, G7), (C, C, D_MINOR, G7), (F, C, D_MINOR, G7), (C, D_MINOR, F, C))
SETTINGS = PlanConfig(hidden_size=24, steps=400, batch_size=16, learning_rate=0.01, valid_every=100)


def plan(dice: random.Random, number: int) -> PeoplesPlan:
    """Periods: an open phrase, and one that sets out like it and closes; a period may come back."""
    periods = dice.choice((2, 2, 4))
    bars, progressions = list[PlanBar](), list[tuple[int, ...]]()
    metre = dice.choice(("3/4", "4/4"))
    beats = int(metre[0])
    for period in range(periods):
        again = period > 0 and dice.random() < 0.5
        chords = progressions[-1] if again else dice.choice(PROGRESSIONS)
        progressions.append(chords)
        for place in range(8):
            last = place == 7
            source = 8 if again else 4 if 4 <= place < 6 else 0
            cell = C if last else chords[place % 4]
            shape = [dice.choice((2, 3)), 1, 3, 4]
            cadence = 3 if place >= 4 else 2
            bar = PlanBar(source, 30 if source else 0, cadence, 4 - place % 4, [cell] * beats, shape=shape)
            bar.players[0] = 2
            bars.append(bar)
    conditions = Conditions(metre, minor=False, style=1, bars=len(bars), roles=(1,))
    return PeoplesPlan(str(number), conditions, bars, "train")


def main() -> int:
    """Writes the file beside this script."""
    dice = random.Random(1)
    spelled = [spell(plan(dice, number)) for number in range(PLANS)]
    kinds = {kind for each in spelled for kind in each.kinds.tolist()}
    about: dict[str, Any] = {  # Any: JSON
        "sources": [],
        "bands": [[1, [1], False, PLANS]],
        "asked": [name for number, name in enumerate(QUESTIONS) if number in kinds],
    }
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        print(*fit(Music(spelled[:100], [], spelled[100:], about), run, SETTINGS), sep="\n")
        entry = plan_entry(run)
    here = Path(__file__).parent
    model = onnx.load(here / "tiny.onnx")
    known = {each.key: each.value for each in model.metadata_props}
    helper.set_model_props(model, known | {"linnet.plan": json.dumps(entry)})
    write_whole(here / "planned.onnx", model.SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main())
