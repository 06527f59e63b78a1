"""Writes the tables of the parser beside the grammar: `python -m scripts.grammar_tables`."""

from imnnc.lang.grammar import TABLES_FILE, tables
from imnnc.resources import resource

if __name__ == "__main__":
    (resource("grammar") / TABLES_FILE).write_text(tables(), encoding="utf-8")
