"""A plan model goes from one model file to another."""

import json
from pathlib import Path

import onnx
import pytest

from linnet_export.errors import ExportError
from linnet_export.plan import plan_entry

DATA = Path(__file__).parents[1] / "data"


def test_a_plan_model_is_taken_from_a_file() -> None:
    file = DATA / "planned.onnx"
    props = {each.key: each.value for each in onnx.load(str(file)).metadata_props}

    assert plan_entry(file) == json.loads(props["linnet.plan"])
    with pytest.raises(ExportError, match="has no plan model"):
        plan_entry(DATA / "tiny.onnx")
