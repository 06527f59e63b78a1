"""The circuit as modules, instances and nets, free of any dialect."""
