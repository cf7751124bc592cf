"""What prepares a machine: for development (dev.py), to look at it (demo.py), for a station."""
