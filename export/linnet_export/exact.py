"""The network as a step graph that gives the same bits on every CPU.

Float matrix products, transcendental functions and fused multiply-adds differ between CPUs. Here products are
integers, sigmoid and tanh are tables, and what is left are single float32 multiplications and additions,
which IEEE 754 defines to the bit. One step, with initializers of the file in `quotes`; byte(v) rounds half to
even, adds 128 and stays within 0 .. 255; int() cuts the fraction off:

    s      = sum of the rows of `embedding` that the features name
    x      = byte(float(s) * `embedding_scale`)
    in each layer l:
      z    = float(([x, h] - 128) @ `layer_l.weight`) * `layer_l.scale`
      k    = int(max(min(z, `last`), `first`) + `layer_l.bias`)
      i, f, o, g = `gates`[k], in quarters
      c'   = f * c + i * g
      k    = int(max(min(c', `cell_last`), `cell_first`))       a negative k counts from the end
      h'   = byte(128 * (o * `cell`[k]))
      x    = h' for the next layer
    logits = float((x - 128) @ `output.weight`) * `output.scale` + `output.bias`

A variational model reads its latent besides, with `bar_keys` and `position_keys` (half precision, widened) of
the place where it is:

    told   = byte(latent * (bar key * position key))
    x      = [x, told] before the first layer
    logits = (float((x - 128) @ `output.weight`) * `output.scale`
              + float((told - 128) @ `told_output.weight`) * `told_output.scale`) + `output.bias`

and its encoder, a graph of its own, gives logits * (bar key * position key) in place of the logits.

h starts at 128, c at 0. `gates` holds the sigmoid and, in its second half, C_UNIT times the tanh; layer
scales and biases count in its entries. z is clipped before the bias, with one pair of limits for all columns:
they lie so far out that no bias brings a clipped z back to where the functions still change, and the halves
are so wide that no bias leads out of them. c counts in 1 / C_UNIT. float() is exact below 2^24, which takes
over 2,000 inputs to leave, and rounds once above.

Only operations of the ONNX standard are used, in an order that onnxruntime fuses into nothing else: a test
compares the optimised graph with OPERATIONS.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from linnet_export.builder import Builder
from linnet_export.graph import finish, keys, read_columns
from linnet_export.quantise import H_UNIT, IntegerWeights, Product

OPERATIONS = frozenset(
    [
        "Add",
        "Cast",
        "Clip",
        "Concat",
        "Gather",
        "GatherElements",
        "MatMulInteger",
        "Mul",
        "QuantizeLinear",
        "Reshape",
        "Slice",
        "Split",
    ]
)
"""Every one is exact, or rounds once as IEEE 754 says. Gather and Reshape only move bytes."""

GATE_REACH = 1024
"""Entries of the gate table on either side of zero in which a function changes: sigmoid to 8, tanh to 4."""

SIGMOID_UNIT = GATE_REACH // 8
TANH_UNIT = GATE_REACH // 4

C_UNIT = 1024
CELL_ENTRIES = 8 * C_UNIT
"""tanh of the cell over -4 .. 4."""


def build(weights: IntegerWeights) -> Builder:
    """The graph of one step, without metadata."""
    graph = Builder(width=weights.width, vocabulary=len(weights.output.bias), exact=True)
    graph.constant("zero", np.uint8(128))
    graph.constant("one", np.float32(1))
    graph.constant("h_unit", np.float32(H_UNIT))
    graph.constant("flat", np.array([-1]))
    layers = [_in_entries(layer) for layer in weights.layers]
    # With none of both signs, zero stands in for the other extreme.
    least = math.floor(min(0, *(layer.bias.min() for layer in layers)))
    most = math.ceil(max(0, *(layer.bias.max() for layer in layers)))
    graph.constant("first", np.float32(-GATE_REACH - most))
    graph.constant("last", np.float32(GATE_REACH - least))
    reach = GATE_REACH + most - least + 1
    graph.constant("gates", gate_table(reach))
    graph.constant("cell", cell_table())
    graph.constant("cell_first", np.float32(-CELL_ENTRIES // 2))
    graph.constant("cell_last", np.float32(CELL_ENTRIES // 2 - 1))
    size = len(weights.layers[0].bias) // 4  # all layers have the same
    for width in (size, 4 * size):
        graph.constant(f"rows_of_{width}", np.array([-1, width]))
    middles = np.repeat(np.array([reach, 3 * reach], np.float32), [3 * size, size])
    x, recalled = _embed(graph, weights), ""
    if weights.latent:
        product = graph.add(
            "Mul", graph.latent(weights.latent), keys(graph, weights.places), out="told_float"
        )
        recalled = graph.add("QuantizeLinear", product, "one", "zero", out="told")
        x = graph.add("Concat", x, recalled, out="x_told", axis=1)
    for index, layer in enumerate(layers):
        x = _layer(graph, index, replace(layer, bias=layer.bias + middles), x)
    z = _product(graph, x, weights.output, "output")
    if weights.latent_output is not None:
        z = graph.add("Add", z, _product(graph, recalled, weights.latent_output, "told_output"), out="z")
    finish(graph, weights, z, graph.constant("output.bias", weights.output.bias))
    return graph


def gate_table(reach: int) -> NDArray[np.float32]:
    """Sigmoid, then tanh in units of the cell, each with so many entries on either side of zero.

    Entry k stands for the middle of [k, k + 1), so cutting the fraction off finds the nearest entry. Beyond
    GATE_REACH entries from zero all are alike.
    """
    middle = (np.arange(2 * reach) - reach + 0.5).clip(-GATE_REACH, GATE_REACH)
    sigmoid = 1 / (1 + np.exp(-middle / SIGMOID_UNIT))
    return np.concatenate([sigmoid, C_UNIT * np.tanh(middle / TANH_UNIT)]).astype(np.float32)


def cell_table() -> NDArray[np.float32]:
    """The tanh of a cell state. Entry 0 serves (-1, 1), k > 0 serves [k, k + 1), k < 0 serves (k - 1, k]."""
    k = np.arange(CELL_ENTRIES)
    k = np.where(k < CELL_ENTRIES // 2, k, k - CELL_ENTRIES)
    return np.tanh((k + np.sign(k) / 2) / C_UNIT).astype(np.float32)


def _embed(graph: Builder, weights: IntegerWeights) -> str:
    ids = read_columns(graph, weights.width, weights.columns)
    rows = graph.add("Gather", graph.constant("embedding", weights.embedding), ids, out="rows")
    # A row of ones adds the rows up: a fifth of the time of Cast and ReduceSum.
    ones = graph.constant("ones", np.ones(weights.columns, np.uint8))
    sums = graph.add("MatMulInteger", ones, rows, out="s")
    sums = graph.add("Cast", sums, out="s_float", to=TensorProto.FLOAT)
    scale = graph.constant("embedding_scale", weights.embedding_scale)
    return graph.add("QuantizeLinear", graph.add("Mul", sums, scale, out="x_float"), "one", "zero", out="x")


def _layer(graph: Builder, index: int, layer: Product, x: str) -> str:
    size = len(layer.bias) // 4
    h = graph.state(f"h_{index}", "uint8", size, 128)
    c = graph.state(f"c_{index}", "float32", size, 0)
    xh = graph.add("Concat", x, h, out=f"xh_{index}", axis=1)
    z = _product(graph, xh, layer, f"layer_{index}")
    z = graph.add("Clip", z, "first", "last", out=f"within_{index}")
    entry = graph.add("Add", z, graph.constant(f"layer_{index}.bias", layer.bias), out=f"entry_{index}")
    gates = _look_up(graph, "gates", entry, 4 * size, out=f"gates_{index}")
    i, f, o, g = graph.split(gates, *(f"{gate}_{index}" for gate in "ifog"))

    remembered = graph.add("Mul", f, c, out=f"kept_{index}")
    cell = graph.add("Add", remembered, graph.add("Mul", i, g, out=f"new_{index}"), out=f"c_{index}_next")
    clipped = graph.add("Clip", cell, "cell_first", "cell_last", out=f"clipped_{index}")
    tanh = _look_up(graph, "cell", clipped, size, out=f"tanh_{index}")
    real = graph.add("Mul", o, tanh, out=f"h_{index}_float")
    return graph.add("QuantizeLinear", real, "h_unit", "zero", out=f"h_{index}_next")


def _in_entries(layer: Product) -> Product:
    """The product whose outputs count in entries of the gate table instead of real numbers."""
    size = len(layer.bias) // 4
    unit = np.repeat(np.array([SIGMOID_UNIT, TANH_UNIT], np.float32), [3 * size, size])
    return Product(layer.weight, layer.scale * unit, layer.bias * unit)


def _product(graph: Builder, x: str, product: Product, name: str) -> str:
    """(x - 128) @ weight * scale, without the bias."""
    weight = graph.constant(f"{name}.weight", product.weight)
    scale = graph.constant(f"{name}.scale", product.scale)
    sums = graph.add("MatMulInteger", x, weight, "zero", out=f"{name}.sums")
    real = graph.add("Cast", sums, out=f"{name}.float", to=TensorProto.FLOAT)
    return graph.add("Mul", real, scale, out=f"{name}.product")


def _look_up(graph: Builder, table: str, index: str, size: int, *, out: str) -> str:
    """table[int(index)] for (batch, size) indices."""
    # GatherElements reads single numbers several times faster than Gather, but wants a flat index.
    flat = graph.add("Reshape", index, "flat", out=f"{out}.index_float")
    flat = graph.add("Cast", flat, out=f"{out}.index", to=TensorProto.INT32)
    flat = graph.add("GatherElements", table, flat, out=f"{out}.flat", axis=0)
    return graph.add("Reshape", flat, f"rows_of_{size}", out=out)
