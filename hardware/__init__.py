"""The line interface as text: parts, connections, simulations, drawings and board.

`circuit` is the source; everything else is computed from it.  `./run hardware` builds
all outputs and fails where a promise is not kept.
"""
