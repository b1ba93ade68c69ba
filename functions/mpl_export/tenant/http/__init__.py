"""How requests reach the tenant and its token server: TLS, attempts, limits, clocks."""
