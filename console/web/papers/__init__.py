"""The pages of papers: what is published with its record, what stands otherwise today, writing and publishing."""
