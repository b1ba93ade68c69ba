"""The drill: every alarm fires, and one sees what arrives."""
