"""The workshop of linnet: MIDI folders become corpora, corpora become trained networks.

Commands: `linnet-train prepare | fit | evaluate`. Nothing here ships with the runtime.
"""
