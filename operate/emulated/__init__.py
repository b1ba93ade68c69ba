"""An AWS of one's own on this machine, and the real template deployed to it."""
