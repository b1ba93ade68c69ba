"""Hold an archive, in a bucket or in a directory, against its seals."""
