"""What to do about a server that we do not trust depends on what the verifier says."""

import pytest

from mpl_export.tenant.http.server_trust import untrusted


@pytest.mark.parametrize(
    ("verdict", "advice"),
    [
        ("certificate has expired", "has to renew it"),
        ("certificate is not yet valid", "has to renew it"),
        ("Hostname mismatch, certificate is not valid for 'a.example'.", "another host"),
        ("IP address mismatch, certificate is not valid for '10.0.0.1'.", "another host"),
        ("unable to get local issuer certificate", "TenantCaPem"),
        ("self-signed certificate in certificate chain", "TenantCaPem"),
        ("Missing Authority Key Identifier", "TenantCaPem"),
        ("", "TenantCaPem"),
    ],
)
def test_the_verifiers_words_are_quoted_and_lead_to_what_helps(verdict: str, advice: str) -> None:
    """To ask for a CA where a certificate has expired helps nobody."""
    message = untrusted("the API's server tenant.example", verdict)

    assert "tenant.example" in message
    assert verdict in message
    assert advice in message
    assert ("TenantCaPem" in message) == (advice == "TenantCaPem")
    assert "()" not in message
