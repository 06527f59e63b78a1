"""Technologies as data: definitions and model cards that come with the compiler."""
