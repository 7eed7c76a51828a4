"""The evidence of a verdict: the tree of `explain`, as pages show it in either language.

Nothing is judged and nothing written by looking: what is shown is what stands in the ledger (`asking`).
"""
