"""The doctor's other half: what only the operator's own credentials see."""
