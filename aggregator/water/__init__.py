"""Water: classes of sources and sections, compliance of sources. Judged by samples and their means."""
