"""Reading an archive: from a bucket or a local copy, by days, with its price told first."""
