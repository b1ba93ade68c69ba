"""Seals: what arrived in the archive, object by object with its hash, in a chain.

Anyone who has the objects and the number and hash of one seal (or the key that signs them) can tell
whether anything sealed was altered, dropped, added or reordered; ``docs/proof.md``.
"""
