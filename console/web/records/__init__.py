"""The pages of what departments file: filings, refused rows, records, forms, and the calendar of who owes what."""

from console.web.records.routes import router

__all__ = ["router"]
