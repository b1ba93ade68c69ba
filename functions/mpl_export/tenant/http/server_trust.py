"""What it means that we do not trust a server's certificate, by what the verifier says of it.

Source: OpenSSL, "X509_verify_cert_error_string" (the verifier's words).
"""

_RENEW = (
    "whoever runs the server, or the gateway before it, has to renew it; there is nothing to be "
    "set up here"
)
_OTHER_NAME = (
    "it is for another host: compare the URLs in the service key with the cockpit, and see whether "
    "DNS leads to a gateway"
)
_CA = (
    "if a gateway with a certificate of its own stands between, give the CA that signs it in the "
    "template parameter TenantCaPem; if that is set, it is another CA: ask whoever runs the "
    "gateway for the one at the end of its chain"
)
_BY_WORDS = (
    ("expired", _RENEW),
    ("not yet valid", _RENEW),
    ("mismatch", _OTHER_NAME),
    ("revoked", _RENEW),
)


def untrusted(server: str, verdict: str) -> str:
    """One sentence: whose certificate, what the verifier says, and who has to do what.

    Args:
        server: Whose certificate, such as "the API's server host".
        verdict: The verifier's words; empty if there are none.
    """
    words = verdict.lower()
    advice = next((advice for piece, advice in _BY_WORDS if piece in words), _CA)
    said = f" ({verdict})" if verdict else ""
    return f"the certificate of {server} is not trusted{said}: {advice}"
