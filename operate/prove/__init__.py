"""Prove the system in an account: deploy, drill, verify and delete again, and say what was seen."""
