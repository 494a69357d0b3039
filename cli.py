"""`python cli.py …` from a checkout: the same command as the installed `loyalty`."""

from loyalty.cli import main

if __name__ == "__main__":
    main()
