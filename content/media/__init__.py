"""Films, PDF documents and subtitles: what a file holds, read from its bytes."""
