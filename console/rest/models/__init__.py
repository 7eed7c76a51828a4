"""What the API's answers hold, field by field, as its description says it; the rows themselves are made elsewhere."""
