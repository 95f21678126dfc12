"""Time of one step of the network, as a table: `python -m benchmarks.speed.graph [--sizes 2x256 ...]`.

Random weights of the usual shape, one thread, tensors bound once as the C loop does it, all graphs in turn in
many short rounds, of which the least counts: what other programs take of a round says nothing of a graph. The
exact graph plays the same notes on every CPU; the others show what that costs. Beside them stands the least
that memory allows, reading the weights of a step once, and below them the exact graph with several pieces at
once.
"""

import argparse
import os
from collections.abc import Callable
from timeit import timeit

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.speed.limit import READING, reader, weight_bytes
from benchmarks.speed.networks import SIZES, Size
from benchmarks.speed.rounds import pinned
from linnet.tokens import features, vocabulary
from linnet_export import exact, graph
from linnet_export.quantise import WEIGHT_LIMIT, IntegerWeights, Product
from linnet_export.weights import Layer, Weights

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
import onnxruntime

EMBEDDING = 256
EXACT = "exact int8 (linnet)"
BATCHES = (8, 64)
CALLS = 16
"""Of each graph in a round, fewer where it takes several pieces: half a millisecond in all."""

TYPES = {"tensor(int64)": np.int64, "tensor(float)": np.float32, "tensor(uint8)": np.uint8}


def main() -> None:
    """Prints a table for each size."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed.graph",
        description="The step graph beside others, and beside its limit.",
    )
    parser.add_argument("--sizes", nargs="+", type=Size.of, default=SIZES, metavar="2x256")
    parser.add_argument("--rounds", type=int, default=200, metavar="N")
    args = parser.parse_args()
    print(f"onnxruntime {onnxruntime.__version__}, one core, least of {args.rounds} rounds")
    for size in args.sizes:
        print_table(size, args.rounds)


def print_table(size: Size, rounds: int) -> None:
    """The graphs of one size."""
    weights = random_weights(size.units, size.layers)
    models = {
        EXACT: exact.build(integers(weights)).model({}),
        "DynamicQuantizeMatMul, 7 bits": written_out(weights),
        "DynamicQuantizeLSTM, 7 bits": fused(weights, dynamic=True),
        "fp32, written out": graph.build(weights).model({}),
        "fp32, LSTM operator": fused(weights, dynamic=False),
    }
    steps: dict[str, tuple[Callable[[], object], int]] = {
        name: (stepper(model), CALLS) for name, model in models.items()
    }
    for batch in BATCHES:
        steps[f"{EXACT}, {batch} pieces"] = stepper(models[EXACT], batch), max(1, CALLS // batch)
    steps[READING] = reader(weight_bytes(weights)), CALLS
    microseconds = dict.fromkeys(steps, np.inf)
    with pinned():
        for _ in range(rounds):
            for name, (step, calls) in steps.items():
                step()  # its weights are back in the cache
                microseconds[name] = min(microseconds[name], 1e6 * timeit(step, number=calls) / calls)
    limit = microseconds[READING]
    rival = min(time for name, time in microseconds.items() if "7 bits" in name)
    print(f"\n{size!s:38}nodes    MB  us/step  to limit  to other int8")
    for name, model in models.items():
        time, nodes, megabytes = microseconds[name], len(model.graph.node), model.ByteSize() / 1e6
        print(f"{name:38}{nodes:5}{megabytes:6.1f}{time:9.1f}{time / limit:9.2f}x{time / rival:14.2f}x")
    print(f"{READING:49}{limit:9.1f}")
    for batch in BATCHES:
        name = f"{EXACT}, {batch} pieces"
        gain = batch * microseconds[EXACT] / microseconds[name]
        print(f"{name:49}{microseconds[name]:9.1f}   {gain:.1f} times the tokens of one piece")


def random_weights(hidden: int, layers: int) -> Weights:
    """Weights of the usual shape."""
    rng = np.random.default_rng(0)

    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    inputs = [EMBEDDING] + [hidden] * (layers - 1)
    return Weights(
        embedding=normal(features.COUNT, EMBEDDING),
        layers=tuple(Layer(normal(size + hidden, 4 * hidden), normal(4 * hidden)) for size in inputs),
        output=normal(hidden, vocabulary.SIZE),
        output_bias=normal(vocabulary.SIZE),
        width=features.WIDTH,
        columns=features.WIDTH,
    )


def integers(weights: Weights) -> IntegerWeights:
    """Rounded without looking at music: here only the shape matters."""

    def product(matrix: NDArray[np.float32], bias: NDArray[np.float32]) -> Product:
        rounded, scale = rounded_columns(matrix)
        return Product(rounded, scale / 128, bias)

    return IntegerWeights(
        embedding=rounded_columns(weights.embedding)[0],
        embedding_scale=np.full(EMBEDDING, 0.2, np.float32),
        layers=tuple(product(layer.weight, layer.bias) for layer in weights.layers),
        output=product(weights.output, weights.output_bias),
        width=weights.width,
        columns=weights.columns,
    )


def rounded_columns(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Seven-bit integers and the scale of each column."""
    scale = np.abs(matrix).max(axis=0) / WEIGHT_LIMIT
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


def written_out(weights: Weights) -> onnx.ModelProto:
    """The step with DynamicQuantizeMatMul: activations are scaled anew at each step, gates are float."""
    tensors = {"embedding": weights.embedding, "one": np.array([1])}
    lines, x = ["rows = Gather(embedding, features)", "x = ReduceSum <keepdims = 0> (rows, one)"], "x"

    def product(name: str, x: str, matrix: NDArray[np.float32], bias: NDArray[np.float32], out: str) -> str:
        tensors[f"{name}w"], tensors[f"{name}s"] = rounded_columns(matrix)
        tensors[f"{name}b"] = bias
        return f'{out} = com.microsoft.DynamicQuantizeMatMul({x}, {name}w, {name}s, "", {name}b)'

    for i, layer in enumerate(weights.layers):
        tensors["sizes"] = np.array([3 * layer.hidden, layer.hidden])
        lines += [
            f"xh{i} = Concat <axis = 1> ({x}, h_{i})",
            product(f"l{i}", f"xh{i}", layer.weight, layer.bias, f"z{i}"),
            f"a{i}, t{i} = Split <axis = 1> (z{i}, sizes)",
            f"s{i} = Sigmoid(a{i})",
            f"i{i}, f{i}, o{i} = Split <axis = 1> (s{i})",
            f"g{i} = Tanh(t{i})",
            f"k{i} = Mul(f{i}, c_{i})",
            f"n{i} = Mul(i{i}, g{i})",
            f"c_{i}_next = Add(k{i}, n{i})",
            f"u{i} = Tanh(c_{i}_next)",
            f"h_{i}_next = Mul(o{i}, u{i})",
        ]
        x = f"h_{i}_next"
    lines.append(product("out", x, weights.output, weights.output_bias, "logits"))
    return parsed(weights, lines, tensors, "batch")


def fused(weights: Weights, *, dynamic: bool) -> onnx.ModelProto:
    """The step with one LSTM operator a layer: PyTorch's own export, or what quantize_dynamic makes of it."""
    tensors = {"embedding": weights.embedding, "one": np.array([1]), "first": np.array([0])}
    tensors |= {"out": weights.output, "bias": weights.output_bias}
    lines, x = ["rows = Gather(embedding, features)", "sum = ReduceSum <keepdims = 0> (rows, one)"], "x"
    lines.append("x = Unsqueeze(sum, first)")  # (time, batch, embedding)
    for i, layer in enumerate(weights.layers):
        size, inputs = layer.hidden, len(layer.weight) - layer.hidden
        tensors[f"b{i}"] = np.concatenate([layer.bias, np.zeros_like(layer.bias)])[None]
        outs = f"y{i}, h_{i}_next, c_{i}_next"
        for part, matrix in (("w", layer.weight[:inputs]), ("r", layer.weight[inputs:])):
            if dynamic:
                scale = np.abs(matrix).max() / WEIGHT_LIMIT
                tensors[f"{part}{i}"] = np.rint(matrix / scale).astype(np.int8)[None]
                tensors[f"{part}{i}s"] = np.array([scale], np.float32)
            else:
                tensors[f"{part}{i}"] = np.ascontiguousarray(matrix.T)[None]
        common = f'({x}, w{i}, r{i}, b{i}, "", h_{i}, c_{i}'
        if dynamic:
            tensors["zero"] = np.zeros(1, np.int8)
            lines.append(
                f"{outs} = com.microsoft.DynamicQuantizeLSTM <hidden_size = {size}> "
                f'{common}, "", w{i}s, zero, r{i}s, zero)'
            )
        else:
            lines.append(f"{outs} = LSTM <hidden_size = {size}> {common})")
        x = f"h_{i}_next"
    lines += [f"last = Squeeze({x}, first)", "product = MatMul(last, out)", "logits = Add(product, bias)"]
    return parsed(weights, lines, tensors, "1, batch")


def parsed(
    weights: Weights, lines: list[str], tensors: dict[str, NDArray[np.generic]], batch: str
) -> onnx.ModelProto:
    """A step graph from ONNX's own text form."""
    size = weights.layers[0].hidden
    states = [f"float[{batch}, {size}] {name}_{i}" for i in range(len(weights.layers)) for name in "hc"]
    inputs = ", ".join([f"int64[batch, {weights.width}] features", *states])
    outputs = ", ".join([f"float[batch, {vocabulary.SIZE}] logits", *(f"{state}_next" for state in states)])
    text = f'<ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]> step ({inputs}) => ({outputs}) {{'
    model = onnx.parser.parse_model("\n".join([text, *lines, "}"]))
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(value, name) for name, value in tensors.items()
    )
    return model


def stepper(model: onnx.ModelProto, batch: int = 1) -> Callable[[], None]:
    """A function that runs one step of so many pieces; the state is not carried, which changes no time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    binding, rng = session.io_binding(), np.random.default_rng(1)
    for tensors, bind in (
        (session.get_inputs(), binding.bind_ortvalue_input),
        (session.get_outputs(), binding.bind_ortvalue_output),
    ):
        for tensor in tensors:
            shape = [size if isinstance(size, int) else batch for size in tensor.shape]
            value = rng.integers(1, features.COUNT, shape) if tensor.name == "features" else np.zeros(shape)
            bind(tensor.name, onnxruntime.OrtValue.ortvalue_from_numpy(value.astype(TYPES[tensor.type])))
    return lambda: session.run_with_iobinding(binding)


if __name__ == "__main__":
    main()
