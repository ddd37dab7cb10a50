"""Let the receiver of an email leave with one click, from the mail program or from a page."""
