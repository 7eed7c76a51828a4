"""HJ 212: how data loggers of stations and outlets speak to the upper end, over TCP or in MQTT payloads.

The way of a frame, each step a module that does no I/O: `framing` finds frames in a stream of bytes, `crc`
judges them, `cipher` opens those that the 2025 edition encrypts, `segment` reads the fields of the data segment,
`merge` joins what was split and knows what came before, `decode` makes rows of readings. `build` makes the
packets of both ends; `commands` and `codes` are the standard's tables.

Clauses are those of HJ 212-2017 unless an edition is named.
"""
