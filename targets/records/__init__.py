"""What departments file: schemas, intake, what counts, and who owes what by when."""
