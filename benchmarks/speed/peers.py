"""One step of the same network in other engines, and the loop in Python that people write around it.

A step takes a row (1, width) and returns the logits (vocabulary); it keeps the state to itself. All get one
thread, but the user's loop with default options, which takes what onnxruntime takes.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from benchmarks.speed.networks import Made, quiet
from linnet.core import Rng, Tracker, sample
from linnet.engine import modelfile
from linnet.tokens import features, vocabulary
from linnet.tokens.vocabulary import FAMILIES

TOP_K = 40
BOS = FAMILIES["bos"].first

Row = NDArray[np.int64]
Logits = NDArray[np.float32]
Mask = NDArray[np.uint8]
Step = Callable[[Row], Logits]
Choice = Callable[[Logits, Mask], int]


def in_numpy() -> Choice:
    """Softmax over the likeliest, and numpy's choice among them."""
    rng = np.random.default_rng(1)

    def choose(logits: Logits, mask: Mask) -> int:
        masked = np.where(mask, logits, -np.inf)
        top = np.argpartition(masked, -TOP_K)[-TOP_K:]
        weights = np.exp(masked[top] - masked[top].max())
        return int(rng.choice(top, p=weights / weights.sum()))

    return choose


def in_linnet() -> Choice:
    """The sampler of linnet, called from Python."""
    rng = Rng(1)
    return lambda logits, mask: sample(logits, mask=mask, top_k=TOP_K, rng=rng)[0]


def endless() -> Tracker:
    """A piece that never ends."""
    tracker = Tracker()
    tracker.restrict(endless=True)
    return tracker


class PythonLoop:
    """Features and mask from linnet's tracker, the choice in numpy, any engine for the step."""

    def __init__(self, step: Step, choose: Choice | None = None) -> None:
        """Stands after bos."""
        self._step, self._choose, self._tracker = step, choose or in_numpy(), endless()
        self._features = np.zeros((1, features.WIDTH), np.int64)
        self._mask = np.zeros(vocabulary.SIZE, np.uint8)
        self._tracker.advance(BOS)

    @property
    def now(self) -> int:
        """Tick that the music has come to."""
        return self._tracker.now

    def step(self) -> int:
        """The next token."""
        self._tracker.features(self._features)
        logits = self._step(self._features)
        self._tracker.mask(self._mask)
        token = self._choose(logits, self._mask)
        self._tracker.advance(token)
        return token

    def play(self, seconds: float) -> int:
        """Goes on for so many seconds; returns how many tokens."""
        count, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.step()
            count += 1
        return count


def session(path: Path, *, threads: int | None = 1) -> onnxruntime.InferenceSession:
    """An open model; threads None leaves all options as they are."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = options.inter_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def ort_exported(made: Made, *, threads: int | None = 1) -> Step:
    """What torch.onnx.export wrote, in onnxruntime."""
    opened = session(made.exported, threads=threads)
    _, h, c = (tensor.numpy() for tensor in made.example())
    state = [h, c]

    def step(row: Row) -> Logits:
        logits, *state[:] = opened.run(None, {"features": row, "h": state[0], "c": state[1]})
        return logits[0]

    return step


def ort_run(path: Path) -> Step:
    """A model file of linnet in onnxruntime's Python package; an older one reads fewer features."""
    opened = session(path)
    width = opened.get_inputs()[0].shape[1]
    states = modelfile.parse(opened.get_modelmeta().custom_metadata_map, source=str(path)).states
    state = {spec.input: spec.first(1) for spec in states}
    outputs = ["logits", *(spec.output for spec in states)]

    def step(row: Row) -> Logits:
        logits, *following = opened.run(outputs, {"features": row[:, :width], **state})
        state.update(zip(state, following, strict=True))
        return logits[0]

    return step


def ort_bound(path: Path) -> Step:
    """The same with every tensor bound once; the states change places at each step."""
    opened = session(path)
    states = modelfile.parse(opened.get_modelmeta().custom_metadata_map, source=str(path)).states
    row = np.zeros((1, opened.get_inputs()[0].shape[1]), np.int64)
    width = next(each.shape[1] for each in opened.get_outputs() if each.name == "logits")
    logits = np.zeros((1, width), np.float32)  # what heads give stands behind, and is left alone
    sets = [[spec.first(1) for spec in states] for _ in range(2)]
    bindings = []
    for sources, targets in (sets, sets[::-1]):
        binding = opened.io_binding()
        _bind(binding.bind_input, "features", row)
        _bind(binding.bind_output, "logits", logits)
        for spec, source, target in zip(states, sources, targets, strict=True):
            _bind(binding.bind_input, spec.input, source)
            _bind(binding.bind_output, spec.output, target)
        bindings.append(binding)

    def step(given: Row) -> Logits:
        row[:] = given[:, : row.shape[1]]
        opened.run_with_iobinding(bindings[0])
        bindings.reverse()
        return logits[0, : vocabulary.SIZE]

    step.keeps = sets  # type: ignore[attr-defined]  # the bindings know addresses only
    return step


def _bind(how: Callable[..., None], name: str, array: NDArray[Any]) -> None:  # Any: float32, uint8 or int64
    how(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)


def torch_eager(made: Made) -> Step:
    """PyTorch as it is."""
    return _torch(made.step, made)


def torch_scripted(made: Made) -> Step:
    """PyTorch through torch.jit.script, frozen and optimised."""
    with quiet():
        return _torch(torch.jit.optimize_for_inference(torch.jit.script(made.step)), made)


def _torch(module: Callable[..., Any], made: Made) -> Step:  # Any: a module's outputs
    state = list(made.example()[1:])

    @torch.inference_mode()
    def step(row: Row) -> Logits:
        logits, *state[:] = module(torch.from_numpy(row), *state)
        return logits[0].numpy()

    return step


def openvino(made: Made) -> Step:
    """What torch.onnx.export wrote, in OpenVINO, which computes in bfloat16 where the CPU can."""
    from openvino import Core

    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 1}
    request = Core().compile_model(made.exported, "CPU", settings).create_infer_request()
    state = [tensor.numpy() for tensor in made.example()[1:]]

    def step(row: Row) -> Logits:
        found = request.infer({"features": row, "h": state[0], "c": state[1]}, share_inputs=True)
        state[:] = found["h_next"], found["c_next"]
        return found["logits"][0]

    return step


def litert(made: Made) -> Step:
    """LiteRT in float32, through a signature runner, which is how IMPSY plays."""
    return _litert(_tflite(made), made)


def litert_int8(made: Made) -> Step:
    """LiteRT with 8-bit weights, activations scaled at each step."""
    from ai_edge_quantizer import quantizer, recipe

    path = made.folder / f"{made.size}-int8.tflite"
    if not path.exists():
        with quiet():
            work = quantizer.Quantizer(_tflite(made))
            work.load_quantization_recipe(recipe.dynamic_wi8_afp32())
            work.quantize().export_model(str(path))
    return _litert(str(path), made)


def _tflite(made: Made) -> str:
    path = made.folder / f"{made.size}.tflite"
    if not path.exists():
        with quiet():
            import litert_torch

            litert_torch.convert(made.step, made.example()).export(str(path))
    return str(path)


def _litert(path: str, made: Made) -> Step:
    from ai_edge_litert.interpreter import Interpreter

    row, *state = (tensor.numpy() for tensor in made.example())
    with quiet():  # the first call speaks to the terminal
        runner = Interpreter(path, num_threads=1).get_signature_runner()
        runner(args_0=row.astype(np.int32), args_1=state[0], args_2=state[1])

    def step(row: Row) -> Logits:
        found = runner(args_0=row.astype(np.int32), args_1=state[0], args_2=state[1])
        state[:] = found["output_1"], found["output_2"]
        return found["output_0"][0]

    return step
