"""Asking the archive: its tables, the queries that people ask, and where to ask them."""
