"""The network as a float32 step graph: the LSTM written out, one matrix product for each layer."""

import numpy as np
from onnx import TensorProto

from linnet_export.builder import Builder
from linnet_export.quantise import IntegerWeights
from linnet_export.weights import BAR, POSITION, Places, Weights


def build(weights: Weights) -> Builder:
    """The graph of one step, without metadata.

    The fused LSTM op of onnxruntime is made for whole sequences; at one step it takes twice as long.
    """
    graph = Builder(width=weights.width, vocabulary=len(weights.output_bias), exact=False)
    ids = read_columns(graph, weights.width, weights.columns)
    rows = graph.add("Gather", graph.constant("embedding", weights.embedding), ids, out="rows")
    axis = graph.constant("bag_axis", np.array([1]))
    x = graph.add("ReduceSum", rows, axis, out="x", keepdims=0)
    recalled = ""
    if weights.latent:
        recalled = graph.add("Mul", graph.latent(weights.latent), keys(graph, weights.places), out="told")
        x = graph.add("Concat", x, recalled, out="x_told", axis=1)
    for i, layer in enumerate(weights.layers):
        size = layer.hidden
        h = graph.state(f"h_{i}", "float32", size, 0.0)
        c = graph.state(f"c_{i}", "float32", size, 0.0)
        xh = graph.add("Concat", x, h, out=f"xh_{i}", axis=1)
        product = graph.add(
            "MatMul", xh, graph.constant(f"layer_{i}.weight", layer.weight), out=f"product_{i}"
        )
        gates = graph.add("Add", product, graph.constant(f"layer_{i}.bias", layer.bias), out=f"gates_{i}")
        sizes = graph.constant(f"sizes_{i}", np.array([3 * size, size]))
        open_, candidate = graph.split(gates, f"open_{i}", f"candidate_{i}", sizes=sizes)
        sigmoid = graph.add("Sigmoid", open_, out=f"sigmoid_{i}")
        i_gate, f_gate, o_gate = graph.split(sigmoid, f"input_{i}", f"forget_{i}", f"output_{i}")
        g = graph.add("Tanh", candidate, out=f"g_{i}")
        remembered = graph.add("Mul", f_gate, c, out=f"kept_{i}")
        new = graph.add("Mul", i_gate, g, out=f"new_{i}")
        cell = graph.add("Add", remembered, new, out=f"c_{i}_next")
        x = graph.add("Mul", o_gate, graph.add("Tanh", cell, out=f"tanh_{i}"), out=f"h_{i}_next")
    if recalled:
        x = graph.add("Concat", x, recalled, out="h_told", axis=1)
    product = graph.add("MatMul", x, graph.constant("output.weight", weights.output), out="product")
    finish(graph, weights, product, graph.constant("output.bias", weights.output_bias))
    return graph


def finish(graph: Builder, weights: Weights | IntegerWeights, product: str, bias: str) -> None:
    """The logits; an encoder's are written under the key of the place."""
    if weights.writes:
        value = graph.add("Add", product, bias, out="said")
        graph.add("Mul", value, keys(graph, weights.places), out="logits")
    else:
        graph.add("Add", product, bias, out="logits")


def keys(graph: Builder, places: Places | None) -> str:
    """The key (batch, latent) of the place where each piece is."""
    assert places is not None
    nothing, rows = graph.constant("no_place", np.int64(0)), []
    for name, table, (column, before) in (
        ("bar", places.bars, BAR),
        ("position", places.positions, POSITION),
    ):
        index = graph.constant(f"{name}_column", np.int64(column))
        offset = graph.constant(f"{name}_offset", np.int64(-before))
        place = graph.add("Gather", "features", index, out=f"{name}_id", axis=1)
        place = graph.add(
            "Clip", graph.add("Add", place, offset, out=f"{name}_place"), nothing, out=f"{name}_row"
        )
        key = graph.add("Gather", graph.constant(f"{name}_keys", table), place, out=f"{name}_key")
        if table.dtype == np.float16:
            key = graph.add("Cast", key, out=f"{name}_key_float", to=TensorProto.FLOAT)
        rows.append(key)
    return graph.add("Mul", *rows, out="key")


def read_columns(graph: Builder, width: int, columns: int) -> str:
    """The columns of the features that the network reads."""
    if columns == width:
        return "features"
    bounds = [graph.constant(name, np.array([n])) for name, n in (("from", 0), ("to", columns), ("axis", 1))]
    return graph.add("Slice", "features", *bounds, out="bag")
