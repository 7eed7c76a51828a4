"""The pages of what departments file: filings, refused rows, records, forms, and the calendar of who owes what."""
