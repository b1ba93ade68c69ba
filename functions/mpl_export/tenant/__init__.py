"""Everything we know about SAP: the service key, the token server, and the OData API."""
