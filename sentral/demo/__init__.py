"""What `sentral demo` plays: callers and agents with real SIP and sound, and what came of it."""
