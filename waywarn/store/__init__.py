"""The store: what was answered 200 is here."""
