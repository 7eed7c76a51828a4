"""Laws to compare with: rows of their days and years, what is asked of a year, why, and evidence. Nothing is stored."""
