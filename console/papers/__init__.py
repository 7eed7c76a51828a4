"""Papers of a site: what they are written from, and where they are put."""
