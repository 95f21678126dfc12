"""Makes a piece of so many bars with the packaged model, and prints the number of its tokens."""

import sys

import linnet
from linnet.tokens import codec

print(len(codec.encode(linnet.load().generate(bars=int(sys.argv[1]), seed=7))))
