"""`python -m sentral` is `sentral`."""

from sentral.main import main

main()
