"""The tenant's message processing logs: questions, pages and rows of its OData API."""
