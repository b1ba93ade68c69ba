"""The demo: a tenant, a stack on emulated AWS, and logs that arrive."""
