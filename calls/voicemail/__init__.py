"""Messages that callers leave: whose they are, what became of them, how they are heard."""
