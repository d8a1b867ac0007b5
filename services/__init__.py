"""One folder per deployable service, all with the same file names."""
