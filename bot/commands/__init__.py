"""`/emotion`: one grammar and one set of answers for every platform."""
