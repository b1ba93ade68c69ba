"""What opens the tenant: the service key, its certificate and the tokens they buy."""
