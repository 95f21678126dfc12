"""Step graphs with just enough metadata for the engine to open them."""

from dataclasses import asdict

import onnx

from linnet.engine.engine import Engine
from linnet.engine.modelfile import FORMAT
from linnet_export.builder import Builder


def finished(step: Builder) -> onnx.ModelProto:
    metadata = {
        "format": FORMAT,
        "time_base": "grid",
        "exact": step.exact,
        "states": [asdict(state) for state in step.states],
        "vocabulary": {},
        "features": {},
        "wishes": [],
        "defaults": {"temperature": 1, "top_k": 0, "top_p": 1, "min_p": 0},
        "passport": {},
    }
    return step.model(metadata)


def opened(step: Builder) -> Engine:
    return Engine(finished(step).SerializeToString(), source="test")
