"""How dates and times are written, where the languages' own ways would not do."""
