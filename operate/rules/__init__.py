"""What operators do with rules: check them, see what they change, put them, and try them."""
