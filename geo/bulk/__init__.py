"""Many sites from one table or file: a row in, a row out, and no row lost."""
