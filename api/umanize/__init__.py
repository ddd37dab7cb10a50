"""The Umanize dialect: `/campaigns…`, `/customers…` and what goes with them."""
