"""Indicators: the sixty by field with their status, one indicator over its years. What was judged is shown, no more."""
