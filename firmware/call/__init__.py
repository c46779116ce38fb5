"""What is happening on the line, and the loop that records it."""
