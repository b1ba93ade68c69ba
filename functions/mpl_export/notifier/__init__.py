"""The notifier: it reads what the archive got and tells people, once and never as a flood."""
