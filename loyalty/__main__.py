"""`python -m loyalty` is the installed `loyalty`."""

from loyalty.cli import main

main()
