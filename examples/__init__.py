"""Programs to learn from and to copy: `quickstart`, and the import of a whole shop."""
