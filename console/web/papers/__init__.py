"""The pages of papers: what is published with its record, what stands otherwise today, writing and publishing."""

from console.web.papers.routes import router

__all__ = ["router"]
