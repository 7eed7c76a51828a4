"""The papers: white paper, macro-quality analysis and bulletins, in which every number leads back to its readings."""
