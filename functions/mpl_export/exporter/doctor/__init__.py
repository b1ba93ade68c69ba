"""The doctor: every step from the settings to the bucket, with the function's own role.

Asked for by the event ``{"check": true}``.  It exports nothing, moves nothing and meters nothing.
"""
