"""Copy an archive to another bucket, verified on arrival."""
