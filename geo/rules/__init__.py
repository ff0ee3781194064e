"""The rule book: law and plan as dated data, and how it is laid on a site and a project."""
