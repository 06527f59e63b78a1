"""`python -m imnnc`."""

from imnnc.cli import main

if __name__ == "__main__":
    main()
