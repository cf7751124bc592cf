"""The web server, and who is let in before a body is read."""
