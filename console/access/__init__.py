"""Who may do what: roles, users, API keys, sessions."""
