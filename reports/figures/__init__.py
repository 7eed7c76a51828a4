"""Figures as SVG, the same bytes each time: readable in black and white, by the colour-blind, and in both languages."""
