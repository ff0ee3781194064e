"""A screening as a document."""
