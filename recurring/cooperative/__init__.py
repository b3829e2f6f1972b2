"""The co-op's own settings. They are here, on top, because standing orders follow them."""
