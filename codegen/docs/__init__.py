"""Program that writes the generated tables of README.md."""
