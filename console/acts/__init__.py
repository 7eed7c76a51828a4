"""What people do: one function a change, the same for page, API and command line; each is in the audit log."""
