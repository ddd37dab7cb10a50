"""The Anyreach dialect: everything under `/campaign`."""
