"""Copy every message processing log of one SAP Cloud Integration tenant into an S3 archive.

The folders are named for who is on the other side: ``tenant`` knows SAP, ``archive`` knows S3.
``exporter`` holds the handler and the one verb, to export a span.  What lies beside them is ours.
"""

__version__ = "1.0.0"
"""The release, told here only: metrics, reports and user agents name it."""
