"""`sentral simulate`: loads, the run, and what it prints and draws."""
