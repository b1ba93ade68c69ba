"""Export spans of message processing logs: the handler, the one verb, and what plans it."""
