"""The language in an editor: a server of the Language Server Protocol over standard streams."""
