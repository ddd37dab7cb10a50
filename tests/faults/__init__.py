"""Break the running system on purpose, and hold it to its promises. docs/faults.md is the table."""
