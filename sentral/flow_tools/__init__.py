"""What `sentral flow` does with flows: find, test, play and draw them."""
