"""The tenant's runtime artifacts: what is deployed, since when, and whether it runs."""
