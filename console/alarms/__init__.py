"""Alarms as people see them: what stands, an incident with its delivery report, what a link of a message says.

Reading opens the store as a reader. Whoever acknowledges or shelves writes one request, which the engine carries out
(`console.acts.alarms`).
"""
