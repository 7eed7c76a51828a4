"""The console's pages: one frame, one language at a time, no script needed, nothing from elsewhere."""
