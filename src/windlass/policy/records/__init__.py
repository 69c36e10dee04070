"""What the room keeps: questions to people, and pauses."""
