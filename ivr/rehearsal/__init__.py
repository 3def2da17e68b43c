"""Flows played without a phone: by tests that stand beside them, or by somebody at a keyboard."""
