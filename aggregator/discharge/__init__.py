"""Wastewater: outlets against their limits, loads, the share that complies, the share of sewage that is treated."""
