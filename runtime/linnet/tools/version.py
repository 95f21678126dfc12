"""The version of linnet, where every room can read it; `linnet.__version__` is the same."""

VERSION = "0.1.0"
