"""Make a release that one can take: packed code, a template that names it, sums, a quick start."""
