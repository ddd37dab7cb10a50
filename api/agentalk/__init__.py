"""The Agentalk dialect: `/api/…`."""
