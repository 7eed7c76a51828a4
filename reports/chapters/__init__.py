"""Chapters of the white paper and of the macro-quality analysis, each a function of what is known."""
