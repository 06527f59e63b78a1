"""Writers of files: one module a netlist dialect, programming files, the manifest."""
