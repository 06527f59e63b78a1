"""What lies on disk: the codec of artifacts, files, manifests, whole folders."""
