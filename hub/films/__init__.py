"""Films: converting what browsers or phones do not play, with ffmpeg where it is installed."""
