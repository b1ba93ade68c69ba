"""The report: one page about what the archive holds, what is different from last week first."""
