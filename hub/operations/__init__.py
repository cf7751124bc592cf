"""What those who run the hub do: back it up, and bring a backup back."""
