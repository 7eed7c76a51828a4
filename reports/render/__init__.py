"""Papers set as HTML, PDF and Word; what they say was decided before."""
