"""One file per kind of node; being in this folder is what makes a kind known (`ivr.kinds`)."""
