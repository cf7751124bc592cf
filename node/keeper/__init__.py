"""What the keeper sees and sets."""
