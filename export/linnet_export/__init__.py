"""Turns a trained linnet network into the one .onnx file the runtime plays. Command: `linnet-export`."""
