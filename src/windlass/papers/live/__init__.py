"""Start a service inside the sandbox and hold what it answers against its contracts."""
