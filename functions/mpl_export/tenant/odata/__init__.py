"""Asking the tenant by OData V2, whatever for: a question, its answer, its refusals."""
