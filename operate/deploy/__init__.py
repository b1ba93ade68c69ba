"""Deploying a stack, from three questions to the first logs in the archive."""
