"""Seals: what arrived in the archive, object by object with its hash, in a chain.

Whoever alters, drops, adds or reorders anything that is sealed is found out by whoever has the
objects and the number and hash of one seal (or the key that signs them); ``docs/proof.md``.
"""
