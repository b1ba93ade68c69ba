"""The archive in S3: what a record is, where it lies, and how it is written once."""
