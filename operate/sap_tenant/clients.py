"""Who may ask for a token: the service keys that were issued and not deleted since."""

import hmac
import secrets
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """One service key as the token endpoint knows it.

    Attributes:
        fingerprint: SHA-256 of the certificate that it proves itself by; None for a secret.
        secret: Its client secret; None for a certificate.
    """

    client_id: str
    fingerprint: str | None = None
    secret: str | None = None

    def __repr__(self) -> str:
        kind = "certificate" if self.fingerprint else "secret"
        return f"Client({self.client_id!r}, by {kind})"


class Clients:
    """The keys of one service instance share a client id; each proves itself on its own."""

    def __init__(self) -> None:
        self.client_id = f"sb-{uuid.uuid4()}!b1234|it!b5678"
        self._clients: list[Client] = []

    def with_certificate(self, fingerprint: str) -> Client:
        """Issue a key for a certificate."""
        return self._keep(Client(self.client_id, fingerprint=fingerprint))

    def with_secret(self) -> Client:
        """Issue a key with a new secret."""
        return self._keep(Client(self.client_id, secret=secrets.token_urlsafe(32)))

    def revoke(self, *, fingerprint: str | None = None, secret: str | None = None) -> None:
        """Delete the key with this certificate or secret; without either, every key."""
        everything = fingerprint is None and secret is None
        self._clients = [
            client
            for client in self._clients
            if not everything and (client.fingerprint, client.secret) != (fingerprint, secret)
        ]

    def knows(self, client_id: str, *, fingerprint: str | None, secret: str | None) -> bool:
        """Tell whether a client is who it says it is."""
        return any(
            client.client_id == client_id
            and (
                (client.fingerprint is not None and client.fingerprint == fingerprint)
                or (
                    client.secret is not None
                    and secret is not None
                    and hmac.compare_digest(client.secret.encode(), secret.encode())
                )
            )
            for client in self._clients
        )

    def _keep(self, client: Client) -> Client:
        self._clients.append(client)
        return client
