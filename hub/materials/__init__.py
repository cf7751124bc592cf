"""What an import leaves behind, and uploads that wait."""
