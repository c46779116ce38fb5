"""Signal processing for an analog telephone line: arrays in, values out.

Every detector comes twice: a function ``decode(x, fs)`` for a whole recording, and
a class ``Decoder`` with ``feed(x)`` and ``flush()`` for a stream, whose events do
not depend on how the samples were cut into blocks.  Times are sample indices.
"""
