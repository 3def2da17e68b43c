"""What happened, as values: every other room is fed by these and by nothing else."""
