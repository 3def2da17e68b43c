"""What a call does after it was admitted: one file per kind of route."""
