"""Whether a call is recorded, and the files that are being written."""
