"""What is kept: folders, catalogue, masters."""
