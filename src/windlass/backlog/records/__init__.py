"""The SQL of the room: repositories and items, findings and scans."""
