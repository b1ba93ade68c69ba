"""What a person runs against a stack: one command line, on the emulator and on a real account.

Nothing of it ships; ``functions`` is what runs in Lambda.  ``make`` targets are shorthands.
"""
