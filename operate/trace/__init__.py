"""One message's story: every version of every message of its chain, in order."""
