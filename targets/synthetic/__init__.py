"""Records made up for an example: five years of a city that does not exist under that name.

`story.toml` says what happens; the modules write the records that tell it, each from a generator of its own, so that
the same seed makes the same records. None of it was measured or filed: every record says `synthetic`, every name
ends in (合成), every id begins with SYN.
"""
